import { DefaultDeserializer, serialize } from 'node:v8';
import type { Serializer } from '@liberzmq/core';
import { checkOptions, checkSize, type SerializerOptions } from '../options.js';
import { checkShape } from './check-shape.js';

export type { SerializerOptions } from '../options.js';

/**
 * What V8 can clone, `Map`, `Set`, `Date`, `BigInt`, typed arrays and values that refer to themselves included, in V8's own format: for Node at both
 * ends. Decoding runs no code of the sender's and makes no instances of classes but the built-in ones.
 * @throws ConfigurationError BAD_OPTION if an option is wrong
 * @example
 * ```ts
 * const client = new Client({ address, serializer: structuredCloneSerializer({ maxDepth: 20 }) });
 * ```
 */
export function structuredCloneSerializer(options: SerializerOptions = {}): Serializer {
  const { maxDepth, maxBytes } = checkOptions('structured_clone', options);
  return {
    name: 'structured_clone',
    contentType: 'application/x-v8-structured-clone',
    serialize(value) {
      const bytes = serialize(value);
      checkSize(bytes.byteLength, maxBytes);
      checkShape(value, maxDepth, bytes.byteLength);
      return bytes;
    },
    deserialize(bytes) {
      checkSize(bytes.byteLength, maxBytes);
      const value = read(bytes);
      checkShape(value, maxDepth, bytes.byteLength);
      return value;
    },
  };
}

function read(bytes: Uint8Array): unknown {
  const deserializer = new DefaultDeserializer(bytes);
  deserializer.readHeader();
  const value = deserializer.readValue() as unknown;
  const left = bytes.byteOffset + bytes.byteLength - deserializer.readRawBytes(0).byteOffset;
  if (left > 0) throw new Error(`${String(left)} bytes are left over after the value`);
  return value;
}
