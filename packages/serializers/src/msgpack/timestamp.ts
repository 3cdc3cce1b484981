const SECONDS_32 = 0x1_0000_0000;
const TIMESTAMP = 0xff;
const MOST_NANOSECONDS = 999_999_999;

/** Writes a date in the shortest form that keeps its milliseconds. @returns where it ends @throws RangeError if it is invalid */
export function writeTimestamp(view: DataView, at: number, date: Date): number {
  const ms = date.getTime();
  if (Number.isNaN(ms)) throw new RangeError('a Date is invalid');
  const seconds = Math.floor(ms / 1000);
  const nanoseconds = (ms - seconds * 1000) * 1_000_000;
  if (seconds < 0 || seconds >= SECONDS_32) {
    view.setUint16(at, 0xc70c);
    view.setUint8(at + 2, TIMESTAMP);
    view.setUint32(at + 3, nanoseconds);
    view.setBigInt64(at + 7, BigInt(seconds));
    return at + 15;
  }
  view.setUint8(at + 1, TIMESTAMP);
  if (nanoseconds === 0) {
    view.setUint8(at, 0xd6);
    view.setUint32(at + 2, seconds);
    return at + 6;
  }
  view.setUint8(at, 0xd7);
  view.setUint32(at + 2, nanoseconds * 4);
  view.setUint32(at + 6, seconds);
  return at + 10;
}

/** The date of a timestamp of 4, 8 or 12 bytes. @throws RangeError if it says no moment, or one for which there is no Date */
export function readTimestamp(bytes: Buffer, at: number, length: number): Date {
  let seconds = bytes.readUInt32BE(at + length - 4);
  let nanoseconds = 0;
  if (length === 8) {
    const first = bytes.readUInt32BE(at);
    nanoseconds = first >>> 2;
    seconds += (first & 3) * SECONDS_32;
  } else if (length === 12) {
    nanoseconds = bytes.readUInt32BE(at);
    seconds += bytes.readInt32BE(at + 4) * SECONDS_32;
  }
  const date = new Date(seconds * 1000 + nanoseconds / 1_000_000);
  if (nanoseconds > MOST_NANOSECONDS || Number.isNaN(date.getTime()))
    throw new RangeError('a timestamp is out of range');
  return date;
}
