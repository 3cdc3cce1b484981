/** A power of two. */
const PLACES = 2048;

/**
 * Short ASCII texts that were read lately: most come again, and finding one is faster than making it. Each has one of two places, by some of its
 * bytes, and every byte is compared: whatever strangers send, a text is what its bytes say, and the memory is bounded.
 */
export class ShortTexts {
  readonly #texts = new Array<string>(PLACES).fill('');

  /** The text of bytes, of which there is one at least. @returns `undefined` if it is not known */
  find(bytes: Uint8Array, start: number, length: number): string | undefined {
    const place = placeOf(bytes, start, length);
    const first = this.#texts[place] as string;
    if (isOf(first, bytes, start, length)) return first;
    const second = this.#texts[place ^ 1] as string;
    return isOf(second, bytes, start, length) ? second : undefined;
  }

  /** Remembers the text of bytes, all of them ASCII. */
  add(text: string, bytes: Uint8Array, start: number, length: number): void {
    const place = placeOf(bytes, start, length);
    this.#texts[place ^ 1] = this.#texts[place] as string;
    this.#texts[place] = text;
  }
}

function placeOf(bytes: Uint8Array, start: number, length: number): number {
  const last = start + length - 1;
  const some =
    (bytes[start] as number) |
    ((bytes[start + (length >> 1)] as number) << 8) |
    ((bytes[last] as number) << 16) |
    ((bytes[length > 1 ? last - 1 : last] as number) << 24);
  return (Math.imul(some ^ length, 0x9e37_79b1) >>> 16) & (PLACES - 1);
}

function isOf(text: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
