import { types } from 'node:util';
import type { MessageInfo, Serializer } from '../contract/serializer.js';
import { SerializationError } from '../errors/error-classes.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';
import { messageOf } from '../errors/wire-error.js';
import { describe } from '../options/check-options.js';

/** The message that is encoded or decoded, as an error names it: `the data of request "add"`. Whoever can say it is asked only if there is an error. */
export type What = string | (() => string) | { describe(): string };

/** Encodes a value. @throws SerializationError ENCODE */
export function encodeWith(
  serializer: Pick<Serializer, 'name' | 'serialize'>,
  value: unknown,
  what: What,
  message?: MessageInfo,
): Uint8Array {
  try {
    return checkBytes(serializer.serialize(value, message), 'serialize');
  } catch (error) {
    throw encodingFailed(serializer, what, error);
  }
}

/** @throws TypeError for what is no bytes: with such a serializer nothing would reach the other side. */
export function checkBytes(given: Uint8Array, method: string): Uint8Array {
  if (types.isUint8Array(given)) return given;
  throw new TypeError(`${method}() of this serializer must return a Uint8Array, not ${describe(given)}`);
}

/** What a value that cannot be encoded throws: an error of ours as it is, any other as ENCODE. */
export function encodingFailed({ name }: Pick<Serializer, 'name'>, what: What, cause: unknown): LiberZMQError {
  if (cause instanceof LiberZMQError) return cause;
  return new SerializationError('ENCODE', `cannot encode ${textOf(what)} as ${name}: ${messageOf(cause)}`, { cause });
}

/** Decodes bytes. @throws SerializationError DECODE */
export function decodeWith(
  serializer: Pick<Serializer, 'name' | 'deserialize'>,
  bytes: Uint8Array,
  what: What,
  message?: MessageInfo,
): unknown {
  try {
    return serializer.deserialize(bytes, message);
  } catch (cause) {
    if (cause instanceof LiberZMQError) throw cause;
    throw new SerializationError('DECODE', `cannot decode ${textOf(what)} as ${serializer.name}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** What it says of itself. */
export function textOf(what: What): string {
  if (typeof what === 'string') return what;
  return typeof what === 'function' ? what() : what.describe();
}
