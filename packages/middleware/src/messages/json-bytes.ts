import { isAnyArrayBuffer, isDate, isMap, isSet } from 'node:util/types';

const QUOTES = 2;
const BRACKETS = 2;
const COLON = 1;
const COMMA = 1;
const NULL = 4;
/** A date in quotes: `"2026-01-31T12:00:00.000Z"`. */
const DATE = 26;

/** Something whose parts are still to be counted. */
interface Open {
  readonly value: object;
  readonly parts: Iterator<unknown>;
  isEmpty: boolean;
}

/**
 * About how many bytes a value takes as JSON; bytes count as they are. Stops as soon as it is more than the limit, so that what is huge costs little. What contains
 * itself is counted once, and nothing is called that the value brings along, such as a `toJSON`.
 * @returns the number, or any number above the limit
 */
export function jsonBytes(value: unknown, limit: number): number {
  const meter = new Meter(limit);
  meter.add(value);
  return meter.count();
}

/** Goes down into a value without calling itself: data may be nested deeper than the stack is. */
class Meter {
  readonly #limit: number;
  readonly #open: Open[] = [];
  /** What is open: that, inside of itself, is a cycle. */
  readonly #around = new Set<object>();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  count(): number {
    for (let top = this.#open.at(-1); top !== undefined; top = this.#open.at(-1)) {
      if (this.#bytes > this.#limit) return this.#bytes;
      const { done, value } = top.parts.next() as IteratorResult<unknown, unknown>;
      if (done === true) {
        this.#open.pop();
        this.#around.delete(top.value);
      } else if (isList(top.value)) {
        this.#addComma(top);
        this.add(value);
      } else {
        this.#addProperty(top, value as readonly [unknown, unknown]);
      }
    }
    return this.#bytes;
  }

  add(value: unknown): void {
    if (typeof value === 'object' && value !== null) this.#addObject(value);
    else this.#bytes += bytesOf(value, this.#limit);
  }

  #addComma(open: Open): void {
    if (open.isEmpty) open.isEmpty = false;
    else this.#bytes += COMMA;
  }

  #addProperty(open: Open, [key, value]: readonly [unknown, unknown]): void {
    // A property that is undefined is none.
    if (value === undefined || typeof value === 'function') return;
    this.#addComma(open);
    this.add(key);
    this.#bytes += COLON;
    this.add(value);
  }

  #addObject(value: object): void {
    if (ArrayBuffer.isView(value) || isAnyArrayBuffer(value)) this.#bytes += value.byteLength;
    else if (isDate(value)) this.#bytes += DATE;
    else if (!this.#around.has(value)) {
      this.#bytes += BRACKETS;
      // Each element has at least a digit and a comma: an array that is too long need not be looked at.
      const least = Array.isArray(value) ? 2 * value.length - COMMA : 0;
      if (this.#bytes + least > this.#limit) this.#bytes += least;
      else {
        this.#around.add(value);
        this.#open.push({ value, parts: partsOf(value), isEmpty: true });
      }
    }
  }
}

function isList(value: object): value is unknown[] | Set<unknown> {
  return Array.isArray(value) || isSet(value);
}

function partsOf(value: object): Iterator<unknown> {
  if (isList(value)) return value.values();
  return isMap(value) ? value.entries() : Object.entries(value).values();
}

function bytesOf(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length > limit ? value.length : Buffer.byteLength(value) + QUOTES;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value).length;
  return NULL;
}
