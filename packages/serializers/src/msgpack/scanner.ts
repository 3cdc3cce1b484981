import { Scanner, truncated } from '../scanner.js';

const NIL = 0xc0;
const TIMESTAMP = 0xff;
const UNDEFINED = 0;

/** How many bytes follow a token from 0xca to 0xd3: floats, unsigned and signed integers. */
const NUMBER_BYTES = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8];

/** MessagePack: no extension but timestamps and `undefined`; keys are text or numbers. */
export class MsgpackScanner extends Scanner {
  /** Walks over the rows of a block, each of which may take so many bytes. */
  checkRows(bytes: Uint8Array, maxDepth: number, maxBytes: number): void {
    this.begin(bytes);
    while (this.at < this.end) this.#row(maxDepth, maxBytes);
  }

  #row(maxDepth: number, maxBytes: number): void {
    const start = this.at;
    // What stands for itself is in a row that is one level more; the row of a shape takes the place of its object.
    const isItself = this.bytes[start] === 0x92 && this.bytes[start + 1] === NIL;
    this.value(isItself ? maxDepth + 1 : maxDepth);
    if (this.at - start > maxBytes) throw new RangeError(`a value takes more bytes than maxBytes, ${String(maxBytes)}`);
  }

  protected value(depth: number): void {
    const token = this.byte();
    if (token < 0x80 || token >= 0xe0) return;
    if (token < 0x90) this.#map(token & 0x0f, depth);
    else if (token < 0xa0) this.values(token & 0x0f, depth);
    else if (token < 0xc0) this.text(token & 0x1f);
    else this.#tagged(token, depth);
  }

  #tagged(token: number, depth: number): void {
    const numberBytes = NUMBER_BYTES[token - 0xca];
    if (numberBytes !== undefined) {
      this.skip(numberBytes);
      return;
    }
    if (token === NIL || token === 0xc2 || token === 0xc3) return;
    if (token >= 0xc4 && token <= 0xc6) this.skip(this.uint(1 << (token - 0xc4)));
    else if (token >= 0xc7 && token <= 0xc9) this.#extension(this.uint(1 << (token - 0xc7)));
    else if (token >= 0xd4 && token <= 0xd8) this.#extension(1 << (token - 0xd4));
    else if (token >= 0xd9 && token <= 0xdb) this.text(this.uint(1 << (token - 0xd9)));
    else if (token === 0xdc || token === 0xdd) this.values(this.uint(token === 0xdc ? 2 : 4), depth);
    else if (token === 0xde || token === 0xdf) this.#map(this.uint(token === 0xde ? 2 : 4), depth);
    else throw new Error('the byte 0xc1 begins no value');
  }

  #extension(length: number): void {
    const type = this.byte();
    const isTimestamp = type === TIMESTAMP && (length === 4 || length === 8 || length === 12);
    if (!isTimestamp && !(type === UNDEFINED && length === 1))
      throw new Error(`extension ${String(type > 127 ? type - 256 : type)} of ${String(length)} bytes is not accepted`);
    this.skip(length);
  }

  #map(count: number, depth: number): void {
    if (depth < 1) throw new Error('it is nested deeper than maxDepth');
    if (2 * count > this.end - this.at) throw truncated();
    for (let i = 0; i < count; i++) {
      this.#key();
      this.value(depth - 1);
    }
  }

  #key(): void {
    const token = this.byte();
    if (token >= 0xa0 && token < 0xc0) this.keyText(token & 0x1f);
    else if (token >= 0xd9 && token <= 0xdb) this.keyText(this.uint(1 << (token - 0xd9)));
    else if (token >= 0xca && token <= 0xd3) this.skip(NUMBER_BYTES[token - 0xca] ?? 0);
    else if (token >= 0x80 && token < 0xe0) throw new Error('a key is neither text nor a number');
  }
}
