import type { Serializer } from '@liberzmq/core';
import { cbor as cborOf, msgpack as msgpackOf, structuredCloneSerializer } from '../src/index.js';

export const msgpack = msgpackOf();
export const cbor = cborOf();
export const structuredClone = structuredCloneSerializer();

/** The value of bytes in hexadecimal, where spaces are for the reader. */
export function decode(serializer: Serializer, hex: string): unknown {
  return serializer.deserialize(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

export function encode(serializer: Serializer, value: unknown): string {
  return Buffer.from(serializer.serialize(value)).toString('hex');
}
