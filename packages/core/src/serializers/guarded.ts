import type { Serializer } from '../contract/serializer.js';
import { SerializationError } from '../errors/error-classes.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';
import { messageOf } from '../errors/wire-error.js';

/**
 * Encodes a value.
 * @param what the message, as the error names it: `the data of request "add"`.
 * @throws SerializationError ENCODE
 */
export function encodeWith(serializer: Serializer, value: unknown, what: string): Uint8Array {
  try {
    return serializer.serialize(value);
  } catch (error) {
    if (error instanceof LiberZMQError) throw error;
    throw new SerializationError('ENCODE', `cannot encode ${what} as ${serializer.name}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Decodes bytes. @throws SerializationError DECODE */
export function decodeWith(serializer: Serializer, bytes: Uint8Array, what: string): unknown {
  try {
    return serializer.deserialize(bytes);
  } catch (error) {
    if (error instanceof LiberZMQError) throw error;
    throw new SerializationError('DECODE', `cannot decode ${what} as ${serializer.name}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
