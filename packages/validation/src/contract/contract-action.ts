import { MessageError } from '@liberzmq/core';
import type { Contract } from './contract.js';
import { describeContract, type ContractDescription } from './description.js';

/** What a server that was given a contract answers beside its actions. */
export const CONTRACT_ACTION = '$contract';

/** More contracts than a server has that means well. */
const MOST_CONTRACTS = 1_000;

/** One contract of a server, as it tells it. */
export interface ContractAnswer {
  readonly fingerprint: string;
  readonly version: string;
  /** Left out where it is what the asker has. */
  readonly contract?: ContractDescription;
}

/** What is answered to `{ fingerprint }`: each contract, in full unless it is the asker's own. */
export function contractsAnswer(contracts: readonly Contract[], data: unknown): { contracts: ContractAnswer[] } {
  const { fingerprint: own } = (data ?? {}) as { fingerprint?: unknown };
  return {
    contracts: contracts.map((contract) => {
      const { fingerprint, version } = contract;
      return fingerprint === own
        ? { fingerprint, version }
        : { fingerprint, version, contract: describeContract(contract) };
    }),
  };
}

/**
 * The contracts in what a server has answered.
 * @throws MessageError PROTOCOL if it is no such answer
 */
export function readContracts(answer: unknown): ContractAnswer[] {
  const { contracts } = (typeof answer === 'object' && answer !== null ? answer : {}) as { contracts?: unknown };
  if (!Array.isArray(contracts) || contracts.length > MOST_CONTRACTS || !contracts.every(isContractAnswer)) {
    throw new MessageError('PROTOCOL', `the answer to '${CONTRACT_ACTION}' is none: the other side is no typed server`);
  }
  return contracts;
}

function isContractAnswer(value: unknown): value is ContractAnswer {
  if (typeof value !== 'object' || value === null) return false;
  const { fingerprint, version, contract } = value as Partial<Record<keyof ContractAnswer, unknown>>;
  const isDescribed = contract === undefined || (typeof contract === 'object' && contract !== null);
  return typeof fingerprint === 'string' && typeof version === 'string' && isDescribed;
}
