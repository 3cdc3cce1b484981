import type { SeededRandom } from './seeded-random.js';

/** Which bits are flipped: one of its two numbers is needed. */
export interface FlipOptions {
  /** How likely a byte is hit, from 0 to 1. */
  probability?: number;
  /** Out of every so many bytes one is hit. */
  everyBytes?: number;
  /** The first bytes of each connection and direction are left as they are, a handshake for one. @defaultValue 0 */
  afterBytes?: number;
  /** @defaultValue the seed of the proxy */
  seed?: number;
}

/**
 * Flips single bits of a stream. What it hits follows from the seed and the place in the stream alone, not from the pieces in which the
 * stream comes.
 */
export class BitFlips {
  readonly #random: SeededRandom;
  readonly #probability: number | undefined;
  readonly #everyBytes: number;
  #windowStart: number;
  #next: number;

  /** @param from the place in the stream at which it begins. */
  constructor(options: FlipOptions, random: SeededRandom, from: number) {
    const { probability, everyBytes, afterBytes = 0 } = options;
    if (probability === undefined && everyBytes === undefined) throw new Error('flip: say probability or everyBytes');
    this.#random = random;
    this.#probability = probability;
    this.#everyBytes = everyBytes ?? 1;
    this.#windowStart = Math.max(from, afterBytes);
    this.#next = this.#draw(this.#windowStart);
  }

  /**
   * The bytes with bits flipped; the same buffer if none was hit. What it is given stays as it is.
   * @param position the place of the first of them in the stream.
   */
  apply(bytes: Buffer, position: number, onFlip: (position: number, bit: number) => void): Buffer {
    const end = position + bytes.length;
    if (this.#next >= end) return bytes;
    const flipped = Buffer.from(bytes);
    while (this.#next < end) {
      const bit = this.#random.integer(0, 7);
      const index = this.#next - position;
      flipped[index] = (flipped[index] ?? 0) ^ (1 << bit);
      onFlip(this.#next, bit);
      this.#windowStart = this.#probability === undefined ? this.#windowStart + this.#everyBytes : this.#next + 1;
      this.#next = this.#draw(this.#windowStart);
    }
    return flipped;
  }

  /** With a probability for each byte, the way to the next hit has a geometric distribution. */
  #draw(from: number): number {
    if (this.#probability === undefined) return from + this.#random.integer(0, this.#everyBytes - 1);
    if (this.#probability >= 1) return from;
    return from + Math.floor(Math.log(1 - this.#random.next()) / Math.log(1 - this.#probability));
  }
}
