import fc from 'fast-check';
import { json } from '../../src/serializers/json.js';
import { raw } from '../../src/serializers/raw.js';
import { BodyEncoder } from '../../src/wire/native/body-encoder.js';
import { KIND, LIMITS, type Kind, type SenderMark } from '../../src/wire/native/format.js';
import { OutgoingRecord } from '../../src/wire/native/outgoing-record.js';
import { packRecords } from '../../src/wire/native/packer.js';
import { jsonValue } from '../unit/json-value.js';
import { KINDS } from './vectors.js';

/** A record to be sent, and what is to come out. */
export interface Sample {
  readonly kind: Kind;
  readonly id: number;
  readonly textId: string;
  readonly timeLeftMs: number | undefined;
  readonly subject: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly moment: number | undefined;
  readonly priority: number | undefined;
  readonly body: unknown;
  /** The bodies behind it, if it begins a run: then its id is a number, which in a task stands behind `textId`. */
  readonly more?: readonly unknown[];
}

/** A packet to be sent. */
export interface SamplePacket {
  readonly samples: readonly Sample[];
  readonly sender: SenderMark | undefined;
  readonly checksum: boolean;
  readonly topic: Buffer | undefined;
  /** How many bodies go into a block. */
  readonly together: number;
}

const number = fc.oneof(
  fc.nat(),
  fc.maxSafeNat(),
  fc.constantFrom(0, 127, 128, 16_383, 16_384, 2 ** 32, LIMITS.number),
);
/** Any text that has an encoding: half a surrogate pair has none. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', 'add', 'json', '__proto__', '查询余额', 'x'.repeat(43), '\u{1F40D}'.repeat(1_024)),
);
const headers = fc
  .dictionary(text, fc.string({ unit: 'binary', maxLength: 60 }), { maxKeys: 5 })
  .map((values) => ({ ...values }));

/** What the last four digits of a task's id say at most. */
const LAST_OF_SERIES = 0xffff;

/** Small and large bytes, on both sides of what becomes an attachment. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 50 }).map((each) => Buffer.from(each)),
  fc.constantFrom(0, 8_191, 8_192, 70_000).map((length) => Buffer.alloc(length, 0xa5)),
);
const body = fc.oneof(
  { weight: 6, arbitrary: jsonValue },
  { weight: 2, arbitrary: bytes },
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(5_000), '查'.repeat(20_000)) },
);

const facts = {
  textId: text,
  timeLeftMs: fc.option(number, { nil: undefined }),
  subject: fc.option(text, { nil: undefined }),
  headers: fc.option(headers, { nil: undefined }),
  moment: fc.option(fc.nat(2 ** 48 - 1), { nil: undefined }),
  priority: fc.option(fc.double({ noNaN: true }), { nil: undefined }),
  body,
};
const single: fc.Arbitrary<Sample> = fc.record({ ...facts, kind: fc.constantFrom(...KINDS), id: number });

/** Bodies behind the first of a run. */
const MOST_MORE = 12;
const more = fc.array(body, { maxLength: MOST_MORE });
const run: fc.Arbitrary<Sample> = fc.oneof(
  fc.record({
    ...facts,
    more,
    kind: fc.constant(KIND.task),
    id: fc.oneof(fc.nat(LAST_OF_SERIES - MOST_MORE), fc.constant(LAST_OF_SERIES - MOST_MORE)),
  }),
  fc.record({
    ...facts,
    more,
    kind: fc.constant(KIND.message),
    id: number.map((id) => Math.min(id, LIMITS.number - MOST_MORE)),
  }),
);

/** Any packet that an endpoint may send. */
export const samplePacket: fc.Arbitrary<SamplePacket> = fc.record({
  samples: fc.array(fc.oneof({ weight: 3, arbitrary: single }, { weight: 1, arbitrary: run }), { maxLength: 12 }),
  sender: fc.option(fc.record({ id: fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), epoch: number }), {
    nil: undefined,
  }),
  checksum: fc.boolean(),
  topic: fc.option(
    fc.uint8Array({ maxLength: 20 }).map((each) => Buffer.from(each)),
    { nil: undefined },
  ),
  together: fc.integer({ min: 1, max: 5 }),
});

/** The samples that come out where a sample is sent. */
export function unrolled(sample: Sample): Sample[] {
  const { more: others, ...first } = sample;
  if (others === undefined) return [first];
  const { id, textId } = first;
  return [first.body, ...others].map((each, step) => ({
    ...first,
    id: id + step,
    textId: isTask(first.kind) ? textId + (id + step).toString(16).padStart(4, '0') : '',
    body: each,
  }));
}

/** The frames of a packet as an outbox makes them. */
export function pack({ samples, sender, checksum, topic, together }: SamplePacket): Buffer[] {
  const encoder = new BodyEncoder();
  const limit = { records: together, bytes: 64 * 1_024 };
  const what = (): string => 'a sample';
  const records: OutgoingRecord[] = [];
  const add = (sample: Sample, id: number, value: unknown, count: number): void => {
    const record = new OutgoingRecord(sample.kind, id, sample.subject, sample.headers);
    if (isTask(sample.kind)) record.textId = sample.textId;
    record.timeLeftMs = sample.timeLeftMs;
    record.moment = sample.moment;
    record.priority = sample.priority;
    record.count = count;
    encoder.encode(record, value instanceof Uint8Array ? raw : json, value, limit, what);
    records.push(record);
  };
  for (const sample of samples) {
    const { id, more: others } = sample;
    add(sample, id, sample.body, others === undefined ? 0 : 1);
    for (const [index, value] of others?.entries() ?? []) {
      // What cannot join the run begins the next one.
      if (encoder.extend(records.at(-1)!, json, value, limit, what) < 0) add(sample, id + index + 1, value, 1);
    }
  }
  return packRecords(records, { sender, checksum }, topic).map(asReceived);
}

/** Frames come as buffers that share nothing with what was sent. */
export function asReceived(frame: Uint8Array): Buffer {
  return Buffer.from(frame);
}

export function isTask(kind: number): boolean {
  return kind === KIND.task || kind === KIND.taskWithExtra;
}
