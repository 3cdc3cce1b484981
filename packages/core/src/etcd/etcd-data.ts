import { badOption, describe } from '../options/check-options.js';

/** A key or a value: bytes, or a text, which stands for its UTF-8 bytes. */
export type EtcdData = string | Uint8Array;

/** @throws ConfigurationError BAD_OPTION if it is something else */
export function bytesOf(what: string, data: EtcdData): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  if (data instanceof Uint8Array) return data;
  throw badOption(`${what} must be a string or a Uint8Array, not ${describe(data)}`);
}
