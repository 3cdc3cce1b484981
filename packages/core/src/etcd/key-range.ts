import { bytesOf, type EtcdData } from './etcd-data.js';

/** Keys from `key` on, up to and without `end`; `key` alone where `end` is empty. */
export interface KeyRange {
  readonly key: Uint8Array;
  readonly end: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** As `key` the first key that there can be, as `end` all that follow. */
const ZERO = Uint8Array.of(0);

/** @throws ConfigurationError BAD_OPTION */
export function oneKey(key: EtcdData): KeyRange {
  return { key: bytesOf('a key', key), end: NOTHING };
}

/** All keys that begin so; with nothing, all keys. @throws ConfigurationError BAD_OPTION */
export function keysWithPrefix(prefix: EtcdData): KeyRange {
  const key = bytesOf('a prefix', prefix);
  return key.byteLength === 0 ? { key: ZERO, end: ZERO } : { key, end: following(key) };
}

/** The first key that does not begin so and stands behind those that do. */
function following(prefix: Uint8Array): Uint8Array {
  let length = prefix.byteLength;
  while (length > 0 && prefix[length - 1] === 0xff) length -= 1;
  if (length === 0) return ZERO;
  // A copy, which `slice` of a Buffer is not.
  const end = Uint8Array.from(prefix.subarray(0, length));
  end[length - 1] = (end[length - 1] ?? 0) + 1;
  return end;
}
