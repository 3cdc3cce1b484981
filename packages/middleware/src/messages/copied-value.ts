import { isArrayBuffer, isDataView, isDate, isMap, isSet } from 'node:util/types';
import { isPlainObject } from './plain-object.js';

/** A value that shares nothing with the one it was copied from. */
export interface CopiedValue {
  readonly value: unknown;
}

/**
 * Copies data all the way down. Unlike `structuredClone` it keeps a `Buffer` a `Buffer`, without the pool that it lies in, and does not take the class off an object.
 * @returns `undefined` if there is something in it that is more than data: an instance of a class, a function
 */
export function copiedValue(value: unknown): CopiedValue | undefined {
  try {
    return { value: new Copies().of(value) };
  } catch {
    return undefined;
  }
}

/** A copy; what is more than data, as it is: whoever has it had better not change it. */
export function copyIfData(value: unknown): unknown {
  return (copiedValue(value) ?? { value }).value;
}

class Copies {
  readonly #made = new Map<object, object>();

  /** @throws TypeError if it is more than data; RangeError if it is too deep */
  of(value: unknown): unknown {
    if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError('no data');
    if (typeof value !== 'object' || value === null) return value;
    const made = this.#made.get(value);
    if (made !== undefined) return made;
    if (Array.isArray(value))
      return this.#fill(value, [] as unknown[], (copy) => {
        for (const each of value) copy.push(this.of(each));
      });
    if (isMap(value))
      return this.#fill(value, new Map(), (copy) => {
        for (const [key, each] of value) copy.set(this.of(key), this.of(each));
      });
    if (isSet(value))
      return this.#fill(value, new Set(), (copy) => {
        for (const each of value) copy.add(this.of(each));
      });
    if (isPlainObject(value)) return this.#copyObject(value);
    const copy = copyOfBytes(value) ?? (isDate(value) ? new Date(value) : undefined);
    if (copy === undefined) throw new TypeError('no data');
    this.#made.set(value, copy);
    return copy;
  }

  #copyObject(value: Record<string, unknown>): unknown {
    const empty = Object.create(Object.getPrototypeOf(value) as object | null) as Record<string, unknown>;
    return this.#fill(value, empty, (copy) => {
      for (const [key, each] of Object.entries(value)) {
        const property = { value: this.of(each), enumerable: true, writable: true, configurable: true };
        Object.defineProperty(copy, key, property);
      }
    });
  }

  /** Known before it is filled: it may contain itself. */
  #fill<T extends object>(value: object, copy: T, fill: (copy: T) => void): T {
    this.#made.set(value, copy);
    fill(copy);
    return copy;
  }
}

function copyOfBytes(value: object): object | undefined {
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  if (isArrayBuffer(value)) return value.slice(0);
  if (isDataView(value)) return new DataView(bytesOf(value));
  if (!ArrayBuffer.isView(value)) return undefined;
  const { constructor } = value as unknown as { constructor: new (bytes: ArrayBufferLike) => object };
  return new constructor(bytesOf(value));
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): ArrayBufferLike {
  return buffer.slice(byteOffset, byteOffset + byteLength);
}
