import { types } from 'node:util';

/** Whether the keys of an object are all there is to it, also where another realm has made it, such as one of `node:vm`. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The method of an object that says what is to be encoded in its place. */
export function hasToJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

/**
 * The own keys of an instance of a class.
 * @throws Error if there is more to it than those: it is an error, a promise, a weak map or the like
 */
export function keysOf(value: object): string[] {
  const keys = Object.keys(value);
  const type = typeOf(value);
  if (type === 'Object' || (keys.length > 0 && !types.isPromise(value) && !isError(value))) return keys;
  throw refusedType(type, 'send what is needed of it as plain data');
}

/** @throws Error if it is memory, or a view of it that is no `Uint8Array`: formats know its bytes at most. */
export function refuseMemory(value: object): void {
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value))
    throw refusedType(typeOf(value), 'send its bytes in a Buffer, or its numbers in an array');
}

export function refusedType(type: string, advice: string): Error {
  return new Error(`a value of the type ${type} cannot be encoded: ${advice}`);
}

/** The name that the platform gives to what an object is, such as `Map`; `Object` for an instance of most classes. */
function typeOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

function isError(value: object): boolean {
  return types.isNativeError(value) || value instanceof Error;
}
