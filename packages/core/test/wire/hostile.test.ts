import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from '@liberzmq-tooling/testkit';
import fc from 'fast-check';
import { MessageError, SerializationError } from '../../src/errors/error-classes.js';
import { json } from '../../src/serializers/json.js';
import { decodeBody } from '../../src/wire/native/body-decoder.js';
import { BODY, LIMITS } from '../../src/wire/native/format.js';
import type { Packet } from '../../src/wire/native/native-record.js';
import { readPacket } from '../../src/wire/native/packet-reader.js';
import { asReceived, pack, samplePacket } from './packets.js';
import { framesOf, VECTORS } from './vectors.js';

interface CorpusEntry {
  readonly name: string;
  /** How many records are read; or that the packet is refused. */
  readonly outcome: number | 'refused';
  readonly frames: readonly string[];
}

/** Packets that were made to hurt. */
const CORPUS = JSON.parse(
  readFileSync(new URL('./corpus/packets.json', import.meta.url), 'utf8'),
) as readonly CorpusEntry[];

/** A record is its kind, its length, its flags and an id; in a run it is its body in a block at least, which is its own. */
const LEAST_RECORD_BYTES = 6;
const LEAST_BODY_BYTES = 1;
const FUZZ_MS = 2_000;
const FUZZ_SEED = 20_260_101;

/** What was read, in full: to be compared. */
function described({ records, sender }: Packet): unknown {
  return {
    sender,
    records: records.map(({ bytes, block, ...facts }) => ({
      ...facts,
      bytes: Buffer.from(bytes).toString('hex'),
      block: block && { ...block, bytes: Buffer.from(block.bytes).toString('hex'), decoded: undefined },
      body: bodyOf({ ...facts, bytes, block }),
    })),
  };
}

function bodyOf(record: Packet['records'][number]): unknown {
  try {
    const body = decodeBody(record, json, 'control', 'a body');
    return body instanceof Uint8Array ? Buffer.from(body).toString('hex') : { value: body };
  } catch (error) {
    if (error instanceof SerializationError) return error.message;
    throw error;
  }
}

/** Reads a packet and all its bodies. @throws whatever is not one of the errors that it may be, and if more came out than there was. */
function readAll(frames: readonly Buffer[]): unknown {
  let packet: Packet;
  try {
    packet = readPacket(frames, 0);
  } catch (error) {
    if (error instanceof MessageError && error.code === 'PROTOCOL') return `refused: ${error.message}`;
    throw error;
  }
  expectJustified(packet, frames);
  return described(packet);
}

/** What is counted in a packet cannot be more than its bytes, and what it holds are views of its frames. */
function expectJustified({ records }: Packet, frames: readonly Buffer[]): void {
  const most = frames[0]!.length;
  if (records.length > LIMITS.records) throw new Error('there are more records than may be');
  const isIn = (bytes: Uint8Array): boolean =>
    bytes.length === 0 ||
    frames.some(
      (frame) =>
        frame.buffer === bytes.buffer &&
        bytes.byteOffset >= frame.byteOffset &&
        bytes.byteOffset + bytes.byteLength <= frame.byteOffset + frame.byteLength,
    );
  // In blocks, as many as there are bodies may be in runs. All others take bytes of their own.
  const blocks = new Set(records.flatMap(({ block }) => block ?? []));
  let bodies = 0;
  for (const block of blocks) bodies += block.count;
  const inBlocks = records.filter(({ block }) => block !== undefined).length;
  const single = records.length - Math.min(inBlocks, bodies);
  const bytes = frames.reduce((sum, { length }) => sum + length, 0);
  if (single * LEAST_RECORD_BYTES > most || bodies * LEAST_BODY_BYTES > bytes)
    throw new Error('there are more records than bytes for them');
  let headers = 0;
  // The records of a run share theirs.
  for (const each of new Set(records.map((record) => record.headers))) headers += Object.keys(each).length;
  for (const record of records) {
    if (!isIn(record.bytes)) throw new Error('a body is not in the packet');
    if (record.block === undefined) continue;
    if (!isIn(record.block.bytes)) throw new Error('a block is not in the packet');
    if (record.block.count > record.block.bytes.length) throw new Error('a block has more bodies than bytes');
    if (record.index >= record.block.count) throw new Error('a place is beyond its block');
  }
  if (headers > most) throw new Error('there are more headers than bytes for them');
}

/** The same frames inside larger memory, with something else around them. */
function surrounded(frames: readonly Buffer[], poison: Buffer): Buffer[] {
  return frames.map((frame) => {
    const memory = Buffer.concat([poison, frame, poison]);
    return memory.subarray(poison.length, poison.length + frame.length);
  });
}

const POISONS = [
  Buffer.alloc(256, 0x00),
  Buffer.alloc(256, 0x01),
  Buffer.alloc(256, 0x7f),
  Buffer.alloc(256, 0xff),
  Buffer.from('c14c5a01000902000000010902000000020902000000030902000000040902000000050902000000060902000000', 'hex'),
];

/** What is read depends on the frames alone. */
function expectNothingFromAround(frames: readonly Buffer[]): unknown {
  const alone = readAll(frames);
  for (const poison of POISONS) expect(readAll(surrounded(frames, poison))).toEqual(alone);
  return alone;
}

const seeds: readonly (readonly Buffer[])[] = [
  ...VECTORS.valid.map(framesOf),
  ...VECTORS.invalid.map(framesOf),
  ...CORPUS.map(({ frames }) => frames.map((frame) => Buffer.from(frame, 'hex'))),
];

describe('packets that were made to hurt', () => {
  it.each(CORPUS)('are read or refused, and nothing else: $name', ({ frames, outcome }) => {
    const read = expectNothingFromAround(frames.map((frame) => Buffer.from(frame, 'hex')));
    if (outcome === 'refused') expect(read).toMatch(/^refused: /);
    else expect((read as { records: unknown[] }).records.length).toBe(outcome);
  });

  it.each(CORPUS)('take no more memory than they justify: $name', ({ frames }) => {
    const given = frames.map((frame) => Buffer.from(frame, 'hex'));
    readAll(given); // The first time compiles.
    const before = process.memoryUsage();
    readAll(given);
    const after = process.memoryUsage();
    const taken = after.heapUsed - before.heapUsed + (after.arrayBuffers - before.arrayBuffers);
    expect(taken).toBeLessThan(1_000_000);
  });

  it('give no object a new prototype', () => {
    for (const frames of seeds) readAll(frames);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    const named = CORPUS.find(({ name }) => name === 'headers with the names of what objects have')!;
    const { headers } = readPacket(
      named.frames.map((frame) => Buffer.from(frame, 'hex')),
      0,
    ).records[0]!;
    expect(Object.entries(headers)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['toString', 'c'],
    ]);
  });

  it('are refused when they have more records than may be', () => {
    const record = Buffer.from('0902000000' + '01', 'hex');
    const packet = (count: number): Buffer =>
      Buffer.concat([Buffer.from('c14c5a0100', 'hex'), Buffer.alloc(count * record.length, record)]);
    expect(readPacket([packet(LIMITS.records)], 0).records.length).toBe(LIMITS.records);
    expect(() => readPacket([packet(LIMITS.records + 1)], 0)).toThrow(/more than 65535 records/);
    const skipped = Buffer.concat([
      Buffer.from('c14c5a0100', 'hex'),
      Buffer.alloc(4 * (LIMITS.records + 1), '0e000000', 'hex'),
    ]);
    expect(() => readPacket([skipped], 0)).toThrow(/more than 65535 records/);
  });
});

describe('a packet that is cut off', () => {
  it.each(VECTORS.valid)('is refused, or has fewer records, at each length: $name', (vector) => {
    const frames = framesOf(vector);
    const whole = frames[0]!;
    for (let length = 0; length < whole.length; length += 1) {
      // What is cut off is still there in memory.
      const cut = [whole.subarray(0, length), ...frames.slice(1)];
      const read = readAll(cut);
      expect(read).toEqual(readAll([asReceived(cut[0]!), ...frames.slice(1)]));
      if (typeof read === 'string') continue;
      expect((read as { records: unknown[] }).records.length).toBeLessThan(Math.max(1, vector.decoded.records.length));
    }
  });
});

describe('any bytes', () => {
  it('are read or refused behind the beginning of a packet, whatever is around them', () => {
    const start = Buffer.from('c14c5a01', 'hex');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, hasExtensions) => {
        expectNothingFromAround([
          Buffer.concat([start, hasExtensions ? bytes : Buffer.concat([Buffer.alloc(1), bytes])]),
        ]);
      }),
      { numRuns: 500 },
    );
  });

  it('are no packet without that beginning', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        expect(readAll([Buffer.from(bytes)])).toMatch(/^refused: /);
      }),
    );
  });

  it('are read or refused in a packet of ours of which one byte was changed', () => {
    fc.assert(
      fc.property(samplePacket, fc.nat(), fc.nat(255), (sent, place, byte) => {
        const frames = pack({ ...sent, checksum: false });
        const first = frames[0]!;
        first[place % first.length] = byte;
        readAll(frames);
      }),
      { numRuns: 150 },
    );
  });
});

const INTERESTING = [
  '00',
  '01',
  '7f',
  '80',
  'ff',
  '8001',
  'ffffff',
  'ffffffffffffff0f',
  '8080808080808010',
  'c14c5a01',
  '0c',
  '0d',
];

/** One of several ways to spoil a packet. */
function mutate(random: SeededRandom, bytes: Buffer, other: Buffer): Buffer {
  const at = random.integer(0, bytes.length);
  const to = Math.min(bytes.length, at + random.integer(0, 12));
  const interesting = Buffer.from(INTERESTING[random.integer(0, INTERESTING.length - 1)]!, 'hex');
  const changed = asReceived(bytes);
  switch (random.integer(0, 6)) {
    case 0:
      if (at < changed.length) changed[at]! ^= 1 << random.integer(0, 7);
      return changed;
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), interesting, bytes.subarray(at)]);
    case 3:
      interesting.copy(changed, at);
      return changed;
    case 4:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.integer(0, other.length))]);
    default:
      if (at < changed.length) changed[at] = random.integer(0, 255);
      return changed;
  }
}

describe('spoiled packets', () => {
  it(`are read or refused for ${FUZZ_MS} ms`, () => {
    const random = new SeededRandom(FUZZ_SEED);
    const end = performance.now() + FUZZ_MS;
    const outcomes = { read: 0, refused: 0, bodies: 0 };
    let slowestMs = 0;
    while (performance.now() < end) {
      const frames = seeds[random.integer(0, seeds.length - 1)]!;
      const other = seeds[random.integer(0, seeds.length - 1)]![0]!;
      let packet = frames[0]!;
      for (let times = random.integer(1, 5); times > 0; times -= 1) packet = mutate(random, packet, other);
      const given = [packet, ...frames.slice(1)];
      const before = process.cpuUsage();
      let read;
      try {
        read = readAll(given);
        expect(readAll(surrounded(given, POISONS[random.integer(0, POISONS.length - 1)]!))).toEqual(read);
      } catch (error) {
        throw new Error(`the packet ${packet.toString('hex')} was neither read nor refused as it should be`, {
          cause: error,
        });
      }
      const { user, system } = process.cpuUsage(before);
      slowestMs = Math.max(slowestMs, (user + system) / 1_000);
      if (typeof read === 'string') outcomes.refused += 1;
      else {
        outcomes.read += 1;
        if ((read as { records: { form: number }[] }).records.some(({ form }) => form !== BODY.none))
          outcomes.bodies += 1;
      }
    }
    // Both must have been tried, or the loop tests nothing.
    expect(outcomes.read).toBeGreaterThan(20);
    expect(outcomes.bodies).toBeGreaterThan(5);
    expect(outcomes.refused).toBeGreaterThan(20);
    expect(slowestMs).toBeLessThan(2_000);
  });
});
