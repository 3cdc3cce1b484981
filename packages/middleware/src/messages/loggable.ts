import { isAnyArrayBuffer, isDate, isMap, isNativeError, isSet } from 'node:util/types';
import { isPlainObject } from './plain-object.js';

const MOST_VALUES = 1_000;
const LONGEST_TEXT = 10_000;
const DEEPEST = 20;

/**
 * A copy of a value that any logger can write, whatever the value is: what contains itself, is no JSON, or throws when it is read is there as a few words in brackets, and
 * so is what is too deep, too long or too much for a line.
 */
export function loggable(value: unknown): unknown {
  return new Copier().copy(value, 0);
}

class Copier {
  readonly #around = new Set<object>();
  #values = 0;

  copy(value: unknown, depth: number): unknown {
    if (typeof value === 'string')
      return value.length > LONGEST_TEXT
        ? `${value.slice(0, LONGEST_TEXT)}[${String(value.length)} characters]`
        : value;
    if (typeof value === 'bigint') return `${String(value)}n`;
    if (typeof value === 'function') return '[a function]';
    if (typeof value === 'symbol') return `[${String(value)}]`;
    if (typeof value !== 'object' || value === null) return value;
    try {
      return this.#copyObject(value, depth);
    } catch {
      return '[cannot be read]';
    }
  }

  #copyObject(value: object, depth: number): unknown {
    if (ArrayBuffer.isView(value) || isAnyArrayBuffer(value)) return `[${String(value.byteLength)} bytes]`;
    if (isDate(value)) return Number.isNaN(value.getTime()) ? '[no date]' : value.toISOString();
    if (isNativeError(value)) return `[${String(value)}]`;
    if (this.#around.has(value)) return '[circular]';
    if (depth === DEEPEST) return '[too deep]';
    this.#around.add(value);
    try {
      if (Array.isArray(value) || isSet(value)) return this.#copyList(value.values(), depth);
      const json = isPlainObject(value) ? undefined : (value as { toJSON?: unknown }).toJSON;
      if (typeof json === 'function') return this.copy((json as () => unknown).call(value), depth + 1);
      return this.#copyEntries(isMap(value) ? value.entries() : Object.entries(value).values(), depth);
    } finally {
      this.#around.delete(value);
    }
  }

  #copyList(values: Iterable<unknown>, depth: number): unknown[] {
    const copy: unknown[] = [];
    for (const value of values) {
      if (this.#isTooMuch()) {
        copy.push('[and more]');
        break;
      }
      copy.push(this.copy(value, depth + 1));
    }
    return copy;
  }

  /** Without a prototype, so that no key is a special one. */
  #copyEntries(entries: Iterable<readonly [unknown, unknown]>, depth: number): object {
    const copy = Object.create(null) as Record<string, unknown>;
    for (const [key, value] of entries) {
      if (this.#isTooMuch()) {
        copy['…'] = '[and more]';
        break;
      }
      copy[String(key)] = this.copy(value, depth + 1);
    }
    return copy;
  }

  #isTooMuch(): boolean {
    this.#values += 1;
    return this.#values > MOST_VALUES;
  }
}
