import { crypto } from '../crypto.js';

const SMALLEST = 16;
const HIGH_PART = 2 ** 32;

/**
 * What waits for an answer, by number: a hash table with linear probing.
 *
 * Not a `Map`: where entries come and go without end, V8 makes a new table for it every few hundred of them, and each old table keeps the next
 * one alive, with all that it held. As soon as one of them is old enough for the old generation, so is everything that comes after it:
 * half of all requests then survived until the next full collection, and a client needed half as much time again for each.
 */
export class IdTable<T extends { readonly id: number }> implements Iterable<T> {
  #places: (T | undefined)[] = newPlaces<T>(SMALLEST);
  #size = 0;
  /** They spread ids over the table in a way that nobody outside can foresee: a peer must not make them collide. */
  readonly #lowFactor = anyOdd();
  readonly #highFactor = anyOdd();

  get size(): number {
    return this.#size;
  }

  get(id: number): T | undefined {
    return this.#places[this.#placeOf(id)];
  }

  /** Puts an item in, in the place of one with the same id if there is one. */
  set(item: T): void {
    const place = this.#placeOf(item.id);
    if (this.#places[place] === undefined) this.#size += 1;
    this.#places[place] = item;
    if (2 * this.#size > this.#places.length) this.#resize(2 * this.#places.length);
  }

  /** @returns whether it was there */
  delete(id: number): boolean {
    const places = this.#places;
    let hole = this.#placeOf(id);
    if (places[hole] === undefined) return false;
    const mask = places.length - 1;
    places[hole] = undefined;
    this.#size -= 1;
    // What stands behind it without a gap may have been meant for a place before: it moves up.
    for (let place = (hole + 1) & mask; ; place = (place + 1) & mask) {
      const item = places[place];
      if (item === undefined) break;
      const distance = (place - this.#startOf(item.id, mask)) & mask;
      if (distance < ((place - hole) & mask)) continue;
      places[hole] = item;
      places[place] = undefined;
      hole = place;
    }
    if (places.length > SMALLEST && 8 * this.#size < places.length) this.#resize(places.length / 2);
    return true;
  }

  /** In no order. It may change meanwhile: these are the items that were there at the start. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#places.filter((item) => item !== undefined)[Symbol.iterator]();
  }

  /** Where an item is, or would be put. */
  #placeOf(id: number): number {
    const places = this.#places;
    const mask = places.length - 1;
    let place = this.#startOf(id, mask);
    for (let item = places[place]; item !== undefined && item.id !== id; item = places[place])
      place = (place + 1) & mask;
    return place;
  }

  #resize(length: number): void {
    const items = this.#places;
    this.#places = newPlaces(length);
    for (const item of items) if (item !== undefined) this.#places[this.#placeOf(item.id)] = item;
  }

  #startOf(id: number, mask: number): number {
    const high = id >= HIGH_PART ? Math.imul(Math.floor(id / HIGH_PART), this.#highFactor) : 0;
    const hash = Math.imul(id | 0, this.#lowFactor) ^ high;
    return (hash ^ (hash >>> 15)) & mask;
  }
}

function anyOdd(): number {
  return 2 * crypto().randomInt(2 ** 30) + 1;
}

function newPlaces<T>(length: number): (T | undefined)[] {
  return new Array<T | undefined>(length).fill(undefined);
}
