import { badOption, checkOptions, describe, option, type OptionCheck } from '../options/check-options.js';
import { bytesOf, type EtcdData } from './etcd-data.js';
import type { EtcdEntry } from './etcd-entry.js';
import { keysWithPrefix, oneKey } from './key-range.js';
import {
  deleteRequest,
  putRequest,
  rangeRequest,
  readDelete,
  readHeader,
  readRange,
  readRevision,
} from './kv-messages.js';
import { leaseId, type LeaseReference } from './lease-reference.js';
import type { MessageReader } from './message-reader.js';
import { MessageWriter } from './message-writer.js';

/** A condition on one key. Of a key that there is not, numbers are 0 and the lease is `0n`; its value compares as unequal to anything. */
export type EtcdComparison = {
  readonly key: EtcdData;
  /** @defaultValue '=' */
  readonly is?: '=' | '!=' | '<' | '>' | undefined;
} & (
  | { readonly field: 'version' | 'createRevision' | 'modRevision'; readonly value: number }
  | { readonly field: 'value'; readonly value: EtcdData }
  | { readonly field: 'lease'; readonly value: LeaseReference }
);

/** One step of a transaction. */
export type EtcdOperation =
  | { readonly type: 'get' | 'getPrefix' | 'delete' | 'deletePrefix'; readonly key: EtcdData }
  | {
      readonly type: 'put';
      readonly key: EtcdData;
      readonly value: EtcdData;
      readonly lease?: LeaseReference | undefined;
    };

/** A transaction: if all comparisons hold, the steps of `success` are taken, otherwise those of `failure`; all at once, in one revision. */
export interface EtcdTransaction {
  readonly compare?: readonly EtcdComparison[] | undefined;
  readonly success?: readonly EtcdOperation[] | undefined;
  readonly failure?: readonly EtcdOperation[] | undefined;
}

/** What came of one step: what was read, or how many keys there were to delete. */
export type EtcdOperationResult =
  | { readonly type: 'get'; readonly entries: readonly EtcdEntry[] }
  | { readonly type: 'put' }
  | { readonly type: 'delete'; readonly deleted: number };

/** What came of a transaction. */
export interface EtcdTransactionResult {
  /** Whether all comparisons held. */
  readonly succeeded: boolean;
  /** Of each step that was taken, in order. */
  readonly results: readonly EtcdOperationResult[];
  readonly revision: number;
}

const LIST: OptionCheck = (value) => (Array.isArray(value) ? undefined : 'an array');

const SIGNS = { '=': 0, '>': 1, '<': 2, '!=': 3 } as const;

/** The number of each field as `CompareTarget`, and that of its value in `Compare`. */
const FIELDS = {
  version: [0, 4],
  createRevision: [1, 5],
  modRevision: [2, 6],
  value: [3, 7],
  lease: [4, 8],
} as const;

/** `TxnRequest`. @throws ConfigurationError BAD_OPTION */
export function transactionRequest(transaction: EtcdTransaction): MessageWriter {
  checkOptions('transaction', transaction, { compare: LIST, success: LIST, failure: LIST });
  const request = new MessageWriter();
  for (const each of transaction.compare ?? []) request.message(1, comparison(each));
  for (const each of transaction.success ?? []) request.message(2, operation(each));
  for (const each of transaction.failure ?? []) request.message(3, operation(each));
  return request;
}

/** `TxnResponse`. */
export function readTransaction(reader: MessageReader): EtcdTransactionResult {
  const results: EtcdOperationResult[] = [];
  let revision = 0;
  let succeeded = false;
  while (reader.next()) {
    if (reader.field === 1) revision = readRevision(reader.message());
    else if (reader.field === 2) succeeded = reader.flag();
    else if (reader.field === 3) results.push(...readResult(reader.message()));
  }
  return { succeeded, results, revision };
}

function comparison(given: EtcdComparison): MessageWriter {
  const { key, field, is = '=', value } = checked(given);
  const [target, valueField] = FIELDS[field];
  const compare = new MessageWriter().integer(1, SIGNS[is]).integer(2, target).bytes(3, bytesOf('a key', key));
  if (field === 'value') return compare.presentBytes(valueField, bytesOf('a value', value));
  return compare.presentInteger(valueField, field === 'lease' ? leaseId(value) : value);
}

function checked(given: EtcdComparison): EtcdComparison {
  const checks = {
    key: option.any,
    field: option.oneOf(...Object.keys(FIELDS)),
    is: option.oneOf(...Object.keys(SIGNS)),
    value: option.any,
  };
  checkOptions('a comparison of a transaction', given, checks, ['key', 'field', 'value']);
  const isNumber = given.field !== 'value' && given.field !== 'lease';
  if (isNumber && !Number.isSafeInteger(given.value))
    throw badOption(`a comparison with ${given.field} needs a whole number, not ${describe(given.value)}`);
  return given;
}

/** `RequestOp`. */
function operation(given: EtcdOperation): MessageWriter {
  const checks = { type: option.any, key: option.any, value: option.any, lease: option.any };
  checkOptions('a step of a transaction', given, checks, ['type', 'key']);
  const request = new MessageWriter();
  switch (given.type) {
    case 'get':
      return request.message(1, rangeRequest(oneKey(given.key)));
    case 'getPrefix':
      return request.message(1, rangeRequest(keysWithPrefix(given.key)));
    case 'put':
      return request.message(
        2,
        putRequest(bytesOf('a key', given.key), bytesOf('a value', given.value), leaseId(given.lease)),
      );
    case 'delete':
      return request.message(3, deleteRequest(oneKey(given.key)));
    case 'deletePrefix':
      return request.message(3, deleteRequest(keysWithPrefix(given.key)));
    default:
      throw badOption(`a step of a transaction cannot be of type ${describe((given as { type: unknown }).type)}`);
  }
}

/** `ResponseOp`, which has one member, or one that this version does not know. */
function readResult(reader: MessageReader): EtcdOperationResult[] {
  const results: EtcdOperationResult[] = [];
  while (reader.next()) {
    if (reader.field === 1) {
      results.push({ type: 'get', entries: readRange(reader.message()).entries });
    } else if (reader.field === 2) {
      readHeader(reader.message());
      results.push({ type: 'put' });
    } else if (reader.field === 3) {
      results.push({ type: 'delete', deleted: readDelete(reader.message()).deleted });
    }
  }
  return results;
}
