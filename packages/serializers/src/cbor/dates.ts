const NEGATIVE_64 = 0x3b;
const DOUBLE = 0xfb;
/** RFC 3339, which tag 0 is for; fractions as fine as clocks have them. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
const DAY_CHARS = 10;

/** @throws Error unless a date that is text says a moment that there is */
export function checkDateText(text: string): void {
  const day = text.slice(0, DAY_CHARS);
  if (!DATE_TIME.test(text) || Number.isNaN(Date.parse(text)) || !new Date(day).toISOString().startsWith(day))
    throw new Error('a date that is text has not the form of RFC 3339');
}

/** A copy in which integers of 64 bits are floats, which take as many bytes: of those cbor-x makes a Date, of the others none. */
export function withFloats(bytes: Uint8Array, places: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const at of places) {
    const number = Number(copy.readBigUInt64BE(at + 1));
    copy.writeDoubleBE(copy[at] === NEGATIVE_64 ? -1 - number : number, at + 1);
    copy[at] = DOUBLE;
  }
  return copy;
}
