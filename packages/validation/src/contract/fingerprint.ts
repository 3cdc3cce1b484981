import type { Contract } from './contract.js';
import { describeContract } from './description.js';

/**
 * The fingerprint of a contract: the first 32 hexadecimal digits of the SHA-256 of its names, its schemas, the options that adapt data to them, and
 * `idempotent`. What is said to readers alone does not count: versions, titles, descriptions, examples, time limits, and the order in which things are
 * written. Nor does what cannot be seen: a schema that does not tell what it allows, and the code of functions that check.
 */
export function fingerprintOf(contract: Contract): string {
  return describeContract(contract).fingerprint;
}
