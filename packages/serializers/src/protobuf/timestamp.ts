import { types } from 'node:util';
import type { MeteredReader, MeteredWriter } from './memory.js';
import { MessageType } from './message-type.js';
import { Refusal, refused } from './refusal.js';

/** The whole of the years 1 to 9999, which is what the type is defined for. */
const FIRST_MS = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');
const NANOS_PER_MS = 1_000_000;
const NANOS_PER_SECOND = 1_000_000_000;

/** Its fields; a second that was read is a bigint. */
interface Parts {
  seconds: number | bigint;
  nanos: number;
}

/** `google.protobuf.Timestamp`, as a Date. */
export class TimestampType extends MessageType {
  override absent(): Date {
    return new Date(0);
  }

  override writeFields(writer: MeteredWriter, value: unknown, depth: number): void {
    const ms = types.isDate(value) ? value.getTime() : NaN;
    if (!(ms >= FIRST_MS && ms <= LAST_MS)) throw refused(value, 'a Date in the years 1 to 9999');
    super.writeFields(writer, partsOf(ms), depth);
  }

  override readFields(reader: MeteredReader, depth: number, before?: Date, endTag?: number): Date {
    const known = before === undefined ? super.absent(reader) : partsOf(before.getTime());
    const { seconds, nanos } = super.readFields(reader, depth, known, endTag) as Parts;
    const ms = Number(seconds) * 1000 + Math.floor(nanos / NANOS_PER_MS);
    if (nanos < 0 || nanos >= NANOS_PER_SECOND || !(ms >= FIRST_MS && ms <= LAST_MS))
      throw new Refusal('a Timestamp is out of its range');
    return new Date(ms);
  }
}

function partsOf(ms: number): Parts {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: (ms - seconds * 1000) * NANOS_PER_MS };
}
