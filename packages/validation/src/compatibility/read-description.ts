import { MessageError } from '@liberzmq/core';
import type { Contract } from '../contract/contract.js';
import { describeContract, isContract, type ContractDescription } from '../contract/description.js';
import { ADAPTS, jsonForm, type JsonObject, type JsonSchema } from '../contract/json-form.js';
import { isRecord } from '../schema/keywords.js';
import { clipped } from './finding.js';

const MOST_DEPTH = 1_200;
/** Values and characters. */
const MOST_WEIGHT = 2_000_000;
/** Actions, topics or tasks. */
const MOST_ENTRIES = 5_000;

/** What is compared of a contract. */
export type Compared = Pick<ContractDescription, 'actions' | 'topics' | 'tasks'>;

/**
 * What a contract or its description says, safe to be worked with.
 * @throws MessageError PROTOCOL if it is neither
 */
export function readDescription(contract: Contract | ContractDescription): Compared {
  if (isContract(contract)) return describeContract(contract);
  const given: unknown = contract;
  if (!isRecord(given)) throw noDescription('it is no object');
  weigh(given);
  return {
    actions: entriesOf(given, 'actions', (action) => ({
      request: schemaOrNone(action['request']),
      response: schemaOrNone(action['response']),
      idempotent: action['idempotent'] === true,
    })),
    topics: entriesOf(given, 'topics', (topic) => ({ message: schemaOf(topic['message']) })),
    tasks: entriesOf(given, 'tasks', (task) => ({ data: schemaOf(task['data']) })),
  };
}

function entriesOf<T>(
  description: Record<string, unknown>,
  part: string,
  read: (entry: Record<string, unknown>) => T,
): Record<string, T> {
  const entries = description[part];
  if (!isRecord(entries)) throw noDescription(`it has no ${part}`);
  const all = Object.entries(entries);
  if (all.length > MOST_ENTRIES) throw noDescription(`it has too many ${part}`);
  return Object.fromEntries(
    all.map(([name, entry]) => {
      if (!isRecord(entry)) throw noDescription(`the entry '${name}' of its ${part} is no object`);
      try {
        return [name, read(entry)];
      } catch (error) {
        throw noDescription(`a schema of the entry '${name}' of its ${part} is none: ${(error as Error).message}`);
      }
    }),
  );
}

function schemaOrNone(schema: unknown): JsonSchema | null {
  return schema === null || schema === undefined ? null : schemaOf(schema);
}

/** Also what others have written, and in older words. */
function schemaOf(schema: unknown): JsonSchema {
  const form = jsonForm(schema);
  if (typeof form === 'boolean' || isRecord(form[ADAPTS])) return form;
  const { [ADAPTS]: _none, ...rest } = form as JsonObject & Record<typeof ADAPTS, unknown>;
  return rest;
}

function weigh(root: unknown): void {
  let weight = 0;
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    weight += typeof value === 'string' ? value.length + 1 : 1;
    if (weight > MOST_WEIGHT) throw noDescription('it is too large');
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= MOST_DEPTH) throw noDescription('it nests too deep');
    for (const [key, each] of Object.entries(value)) {
      weight += key.length;
      open.push({ value: each, depth: depth + 1 });
    }
  }
}

function noDescription(why: string): MessageError {
  return new MessageError('PROTOCOL', `this describes no contract: ${clipped(why)}`);
}
