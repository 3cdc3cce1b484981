import { readFileSync } from 'node:fs';
import { json } from '../../src/serializers/json.js';
import { BODY, KIND, PARTS, type Kind, type SenderMark } from '../../src/wire/native/format.js';
import { decodeBody } from '../../src/wire/native/body-decoder.js';
import { encodeParts } from '../../src/wire/native/body-encoder.js';
import { OutgoingBlock, OutgoingRecord } from '../../src/wire/native/outgoing-record.js';
import { packRecords } from '../../src/wire/native/packer.js';
import type { NativeRecord, Packet } from '../../src/wire/native/native-record.js';
import { SerializationError } from '../../src/errors/error-classes.js';

/** A record as the vectors show it. */
export interface ShownRecord {
  readonly kind: string;
  readonly id: number | string;
  readonly timeLeft?: number;
  readonly subject?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly moment?: number;
  readonly priority?: number;
  readonly form?: 'inline' | 'attachment' | 'block';
  /** Which block of the packet, and the place in it. */
  readonly block?: number;
  readonly place?: number;
  readonly codec?: string;
  /** The value of the codec json; of parts, the codec and the body of each; of any other codec the bytes in hexadecimal. */
  readonly body?: unknown;
  readonly undecodable?: true;
}

/** A packet as the vectors show it. */
export interface ShownPacket {
  readonly sender?: SenderMark;
  readonly checksum?: true;
  readonly records: readonly ShownRecord[];
}

interface Vector {
  readonly name: string;
  readonly topic?: string;
  readonly frames: readonly string[];
}

/** Which records stand in one run: the place of the first, and how many they are. */
type ShownRun = readonly [first: number, count: number];

export interface ValidVector extends Vector {
  /** Our sender makes exactly these bytes. */
  readonly written: boolean;
  readonly runs?: readonly ShownRun[];
  readonly decoded: ShownPacket;
}

export interface InvalidVector extends Vector {
  readonly why: string;
  readonly wantsChecksum?: true;
}

export const VECTORS_FILE = new URL('../../../../docs/protocol-vectors.json', import.meta.url);

export const VECTORS = JSON.parse(readFileSync(VECTORS_FILE, 'utf8')) as {
  readonly valid: readonly ValidVector[];
  readonly invalid: readonly InvalidVector[];
};

export function framesOf({ frames }: Vector): Buffer[] {
  return frames.map((frame) => Buffer.from(frame, 'hex'));
}

export function topicOf({ topic }: Vector): Buffer | undefined {
  return topic === undefined ? undefined : Buffer.from(topic, 'hex');
}

/** Has our sender write what a vector shows. */
export function write(
  { sender, checksum, records }: ShownPacket,
  runs: readonly ShownRun[] = [],
  topic?: Uint8Array,
): Uint8Array[] {
  const blocks: OutgoingBlock[] = [];
  const outgoing: OutgoingRecord[] = [];
  for (const [place, shown] of records.entries()) {
    const record = recordOf(shown);
    addBody(record, shown, blocks);
    const run = runs.find(([first, count]) => place >= first && place < first + count);
    if (run === undefined) outgoing.push(record);
    else if (run[0] === place) outgoing.push(runFrom(record, run[1]));
  }
  return packRecords(outgoing, { sender, checksum }, topic);
}

function recordOf({ kind, id, subject, headers, timeLeft, moment, priority }: ShownRecord): OutgoingRecord {
  const record = new OutgoingRecord(KIND[kind as keyof typeof KIND], typeof id === 'number' ? id : 0, subject, headers);
  if (typeof id === 'string') record.textId = id;
  record.timeLeftMs = timeLeft;
  record.moment = moment;
  record.priority = priority;
  return record;
}

function addBody(record: OutgoingRecord, shown: ShownRecord, blocks: OutgoingBlock[]): void {
  const { form, codec = '', block = 0, place = 0, body } = shown;
  if (form === 'block') {
    record.block = blocks[block] ??= new OutgoingBlock(codec, undefined, json.serializeMany!());
    record.index = place;
    record.block.add(body, Infinity);
  } else if (form !== undefined) {
    record.codec = codec;
    record.body = bodyBytes(codec, body);
  }
}

/** The run that begins with a record. */
function runFrom(first: OutgoingRecord, count: number): OutgoingRecord {
  first.count = count;
  if (first.textId === undefined) return first;
  first.id = Number.parseInt(first.textId.slice(-4), 16);
  first.textId = first.textId.slice(0, -4);
  return first;
}

/** One of the values of a body in parts. */
interface ShownPart {
  readonly codec: string;
  readonly body: unknown;
}

function bodyBytes(codec: string, body: unknown): Uint8Array {
  if (codec === 'json') return Buffer.from(JSON.stringify(body));
  if (codec !== PARTS) return Buffer.from(body as string, 'hex');
  const values = (body as readonly ShownPart[]).map((part) =>
    part.codec === 'json' ? part.body : Buffer.from(part.body as string, 'hex'),
  );
  return encodeParts(values, 'a body', { pattern: 'task', subject: '' }).body;
}

export const KIND_NAMES: ReadonlyMap<number, string> = new Map<number, string>(
  Object.entries(KIND).map(([name, kind]) => [kind, name]),
);
const FORM_NAMES = { [BODY.inline]: 'inline', [BODY.attachment]: 'attachment', [BODY.block]: 'block' } as const;

/** What our reader has read, as the vectors show it. Whether there was a checksum it does not say. */
export function show({ sender, records }: Packet): ShownPacket {
  const blocks = [...new Set(records.flatMap(({ block }) => block ?? []))];
  const shown = records.map((record): ShownRecord => {
    const { kind, id, textId, timeLeftMs, subject, headers, moment, priority, form, block, index } = record;
    const isTask = kind === KIND.task || kind === KIND.taskWithExtra;
    return withoutUndefined({
      kind: KIND_NAMES.get(kind) ?? String(kind),
      id: isTask ? textId : id,
      timeLeft: timeLeftMs,
      subject,
      // That there are none can be said, and is as good as not said.
      headers: Object.keys(headers).length === 0 ? undefined : { ...headers },
      moment,
      priority,
      form: form === BODY.none ? undefined : FORM_NAMES[form],
      block: block === undefined ? undefined : blocks.indexOf(block),
      place: block === undefined ? undefined : index,
      ...showBody(record),
    });
  });
  return withoutUndefined({ sender, records: shown });
}

function showBody(record: NativeRecord): Partial<ShownRecord> {
  if (record.form === BODY.none) return {};
  const codec = record.block?.codec ?? record.codec;
  if (codec !== 'json' && codec !== PARTS) return { codec, body: Buffer.from(record.bytes).toString('hex') };
  try {
    const body = decodeBody(record, json, 'control', 'a body');
    return { codec, body: codec === PARTS ? (body as unknown[]).map(showPart) : body };
  } catch (error) {
    if (!(error instanceof SerializationError)) throw error;
    return { codec, undecodable: true };
  }
}

function showPart(value: unknown): ShownPart {
  return value instanceof Uint8Array
    ? { codec: 'raw', body: Buffer.from(value).toString('hex') }
    : { codec: 'json', body: value };
}

function withoutUndefined<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

/** The kinds of record that a sender of ours puts into packets by themselves. */
export const KINDS: readonly Kind[] = Object.values(KIND).filter((kind) => kind !== KIND.block && kind !== KIND.run);
