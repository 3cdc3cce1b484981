import { describe, expect, it } from '@jest/globals';
import type { Serializer } from '../../../../src/contract/serializer.js';
import { json } from '../../../../src/serializers/json.js';
import { raw } from '../../../../src/serializers/raw.js';
import { SerializerFactory } from '../../../../src/serializers/serializer-factory.js';
import { decodeBody } from '../../../../src/wire/native/body-decoder.js';
import { BodyEncoder, type PacketLimit } from '../../../../src/wire/native/body-encoder.js';
import { KIND } from '../../../../src/wire/native/format.js';
import { OutgoingRecord } from '../../../../src/wire/native/outgoing-record.js';
import { packRecords } from '../../../../src/wire/native/packer.js';
import { readPacket } from '../../../../src/wire/native/packet-reader.js';
import { ATTACHMENT_BYTES } from '../../../../src/wire/native/packet-writer.js';

/** Encodes one value at a time, as text. */
const plain: Serializer = {
  name: 'plain-test',
  contentType: 'text/plain',
  serialize: (value) => Buffer.from(String(value)),
  deserialize: (bytes) => Buffer.from(bytes).toString(),
};
SerializerFactory.register(plain.name, plain);

const LIMIT: PacketLimit = { records: 64, bytes: 64 * 1_024 };

/** An encoder and the records that it has been given. */
function start(limit: Partial<PacketLimit> = {}) {
  const encoder = new BodyEncoder();
  const records: OutgoingRecord[] = [];
  const encode = (value: unknown, serializer: Serializer = json, topic?: string): number => {
    const record = new OutgoingRecord(KIND.message, records.length + 1);
    record.topic = topic;
    const bytes = encoder.encode(record, serializer, value, { ...LIMIT, ...limit }, () => `body ${records.length + 1}`);
    records.push(record);
    return bytes;
  };
  /** What comes out at the other end. */
  const decoded = (given: readonly OutgoingRecord[] = records): unknown[] => {
    const frames = packRecords(given, {}).map((frame) => Buffer.from(frame));
    return readPacket(frames, 0).records.map((record) => decodeBody(record, json, 'control', 'a body'));
  };
  /** Which block each record is in: a number from 0 on, or that it travels alone. */
  const blocks = (): (number | 'alone' | 'none')[] => {
    const known: unknown[] = [];
    return records.map(({ block, body }) => {
      if (block === undefined) return body === undefined ? 'none' : 'alone';
      if (!known.includes(block)) known.push(block);
      return known.indexOf(block);
    });
  };
  return { encode, decoded, blocks, records };
}

describe('the bodies of a packet', () => {
  it('are what the values were when they were given, whatever becomes of them', () => {
    const { encode, decoded } = start();
    const value = { list: [1], text: 'before' };
    encode(value);
    value.list.push(2);
    value.text = 'after';
    encode(value);
    delete (value as { list?: unknown }).list;
    expect(decoded()).toEqual([
      { list: [1], text: 'before' },
      { list: [1, 2], text: 'after' },
    ]);
  });

  it.each([
    ['json', json],
    ['raw', raw],
  ])('are what small bytes were when they were given, with the codec %s', (_name, serializer) => {
    const { encode, decoded } = start();
    const bytes = Buffer.from('before');
    encode(bytes, serializer);
    bytes.write('AFTER!');
    expect(decoded()).toEqual([Buffer.from('before')]);
  });

  it('are large bytes themselves, which are not copied', () => {
    const { encode, records } = start();
    const bytes = Buffer.alloc(ATTACHMENT_BYTES);
    encode(bytes);
    expect(packRecords(records, {})[1]).toBe(bytes);
  });

  it('share a block while nothing comes between them', () => {
    const { encode, decoded, blocks } = start();
    for (const value of [1, 'two', null, { three: 3 }]) encode(value);
    expect(blocks()).toEqual([0, 0, 0, 0]);
    expect(decoded()).toEqual([1, 'two', null, { three: 3 }]);
  });

  it('fail alone where one cannot be encoded', () => {
    const { encode, decoded } = start();
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    encode({ a: 1 });
    expect(() => encode(cycle)).toThrow(
      expect.objectContaining({
        code: 'ENCODE',
        outcome: 'not-sent',
        message: expect.stringMatching(/cannot encode body 2 as json/),
      }),
    );
    expect(() =>
      encode({
        get bad(): never {
          throw new Error('no');
        },
      }),
    ).toThrow(/no$/);
    expect(() => encode(5n)).toThrow(expect.objectContaining({ code: 'ENCODE' }));
    expect(() => encode('text', raw)).toThrow(/as raw: only a Uint8Array or a Buffer is bytes/);
    encode({ b: 2 });
    expect(decoded()).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it('are undefined where they were, and null where they were that', () => {
    const { encode, decoded, blocks } = start();
    expect(encode(undefined)).toBe(0);
    encode(null);
    encode(undefined);
    encode([undefined]);
    expect(decoded()).toEqual([undefined, null, undefined, [null]]);
    expect(blocks()).toEqual(['none', 0, 'none', 0]);
  });

  it.each([
    ['a Buffer', Buffer.from([0, 255, 0xc1])],
    ['no bytes', Buffer.alloc(0)],
    ['a Uint8Array', new Uint8Array([1, 2, 3])],
    ['a view of larger memory', new Uint8Array(new ArrayBuffer(16), 4, 3).fill(7)],
    ['many bytes', Buffer.alloc(100_000, 3)],
  ])('are bytes as they are, with the codec json: %s', (_what, bytes) => {
    const { encode, decoded, records } = start();
    encode({ first: true });
    encode(bytes);
    expect(records[1]!.codec).toBe('raw');
    expect(decoded()).toEqual([{ first: true }, expect.any(Uint8Array)]);
    expect(Buffer.compare(decoded()[1] as Uint8Array, bytes)).toBe(0);
  });

  it('travel alone where they are too large for a block', () => {
    const { encode, decoded, blocks } = start({ bytes: 1_000 });
    encode('small');
    const bytes = encode('x'.repeat(499));
    encode('small again');
    expect(bytes).toBeGreaterThanOrEqual(500);
    expect(blocks()).toEqual([0, 'alone', 1]);
    expect(decoded()).toEqual(['small', 'x'.repeat(499), 'small again']);
  });

  it('begin a new block behind one that travels alone, and behind another codec', () => {
    const { encode, decoded, blocks } = start();
    for (const [value, serializer] of [
      [1, json],
      [2, json],
      [Buffer.from('b'), json],
      [3, json],
      ['p', plain],
      [4, json],
    ] as const) {
      encode(value, serializer);
    }
    expect(blocks()).toEqual([0, 0, 'alone', 1, 'alone', 2]);
    expect(decoded()).toEqual([1, 2, Buffer.from('b'), 3, 'p', 4]);
  });

  it('fill a block up to its number of records', () => {
    const { encode, blocks } = start({ records: 3 });
    for (let count = 0; count < 7; count += 1) encode(count);
    expect(blocks()).toEqual([0, 0, 0, 1, 1, 1, 2]);
  });

  it('fill a block up to its bytes', () => {
    const { encode, blocks } = start({ bytes: 100 });
    for (let count = 0; count < 6; count += 1) encode('x'.repeat(38));
    expect(blocks()).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it('of different topics are in different blocks', () => {
    const { encode, blocks } = start();
    for (const topic of ['a', 'a', 'b', 'a']) encode(1, json, topic);
    expect(blocks()).toEqual([0, 0, 1, 2]);
  });

  it('begin a new block once the one before has left', () => {
    const { encode, decoded, blocks, records } = start();
    encode('first');
    packRecords(records, {});
    encode('second');
    expect(blocks()).toEqual([0, 1]);
    expect(decoded()).toEqual(['first', 'second']);
  });

  it('find their places also where some of them are not sent', () => {
    const { encode, decoded, records } = start();
    for (const value of ['a', 'b', 'c', 'd']) encode(value);
    expect(decoded(records.filter((_, index) => index % 2 === 1))).toEqual(['b', 'd']);
    // What libzmq did not take is packed a second time.
    expect(decoded(records.slice(2))).toEqual(['c', 'd']);
  });
});

describe('the bodies of a run', () => {
  /** An encoder that has encoded the first body of a run of messages, and what the run has then. */
  function begin(first: unknown, limit: Partial<PacketLimit> = {}) {
    const encoder = new BodyEncoder();
    const most = { ...LIMIT, ...limit };
    const encode = (value: unknown, count = 1, topic?: string): OutgoingRecord => {
      const record = new OutgoingRecord(KIND.message, 1);
      record.topic = topic;
      record.count = count;
      encoder.encode(record, json, value, most, () => 'a body');
      return record;
    };
    const run = encode(first);
    const extend = (value: unknown, record = run): number => encoder.extend(record, json, value, most, () => 'a body');
    const sent = (...records: OutgoingRecord[]): unknown[] => {
      const frames = packRecords(records, {}).map((frame) => Buffer.from(frame));
      return readPacket(frames, 0).records.map((record) => [record.id, decodeBody(record, json, 'control', 'a body')]);
    };
    return { run, encode, extend, sent };
  }

  it('are side by side in a block', () => {
    const { run, extend, sent } = begin('a');
    expect(extend({ b: 1 })).toBeGreaterThanOrEqual(7);
    expect(extend(null)).toBeGreaterThanOrEqual(4);
    expect([run.count, run.index, run.block?.count]).toEqual([3, 0, 3]);
    expect(sent(run)).toEqual([
      [1, 'a'],
      [2, { b: 1 }],
      [3, null],
    ]);
  });

  it('are what the values were when they were given', () => {
    const { run, extend, sent } = begin('a');
    const value = { text: 'before' };
    extend(value);
    value.text = 'after';
    extend(value);
    expect(sent(run)).toEqual([
      [1, 'a'],
      [2, { text: 'before' }],
      [3, { text: 'after' }],
    ]);
  });

  it('may begin behind those of other records, and are followed by none of the run then', () => {
    const { run, encode, extend, sent } = begin('a');
    const second = encode('b');
    expect(extend('x')).toBe(-1);
    expect(extend('c', second)).toBeGreaterThan(0);
    const single = encode('d', 0);
    expect(extend('x', second)).toBe(-1);
    const third = encode('e');
    expect(extend('f', third)).toBeGreaterThan(0);
    expect(new Set([run, second, single, third].map(({ block }) => block)).size).toBe(1);
    expect(sent(run, second, single, third)).toEqual([
      [1, 'a'],
      [1, 'b'],
      [2, 'c'],
      [1, 'd'],
      [1, 'e'],
      [2, 'f'],
    ]);
  });

  it('are found where those before them are not sent', () => {
    const { run, encode, extend, sent } = begin('a');
    extend('b');
    const second = encode('c');
    extend('d', second);
    expect(sent(second)).toEqual([
      [1, 'c'],
      [2, 'd'],
    ]);
    // Its first message was dropped.
    run.id += 1;
    run.index += 1;
    run.count -= 1;
    expect(sent(run, second)).toEqual([
      [2, 'b'],
      [1, 'c'],
      [2, 'd'],
    ]);
  });

  it.each([
    ['undefined', undefined],
    ['bytes', Buffer.from('bytes')],
    ['too large for a block', 'x'.repeat(32 * 1_024)],
  ])('are not %s, which the run does not notice', (_what, value) => {
    const { run, extend, sent } = begin('a');
    expect(extend(value)).toBe(-1);
    expect(extend('b')).toBeGreaterThan(0);
    expect(sent(run)).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
  });

  it.each([
    ['undefined', undefined],
    ['bytes', Buffer.from('bytes')],
    ['too large for a block', 'x'.repeat(32 * 1_024)],
  ])('do not begin with one that is %s: that is a run of one', (_what, value) => {
    const { run, extend, sent } = begin(value);
    expect(extend('b')).toBe(-1);
    expect(sent(run)).toEqual([[1, value]]);
  });

  it('fail alone where one cannot be encoded', () => {
    const { run, extend, sent } = begin('a');
    expect(() => extend(5n)).toThrow(
      expect.objectContaining({ code: 'ENCODE', message: expect.stringMatching(/cannot encode a body/) }),
    );
    expect(run.count).toBe(1);
    expect(extend('b')).toBeGreaterThan(0);
    expect(sent(run)).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
  });

  it.each([
    ['records', { records: 3 }],
    ['bytes', { bytes: 100 }],
  ])('are no more than a block may have: %s', (_what, limit) => {
    const { run, extend } = begin('x'.repeat(38), limit);
    expect([extend('x'.repeat(38)) > 0, extend('x'.repeat(38)) > 0, extend('x')]).toEqual([true, true, -1]);
    expect(run.count).toBe(3);
  });

  it('are no more once the run has been packed', () => {
    const { run, extend, sent } = begin('a');
    sent(run);
    expect(extend('b')).toBe(-1);
    expect(sent(run)).toEqual([[1, 'a']]);
  });

  it('are no more once another block has begun', () => {
    const { run, encode, extend } = begin('a');
    const other = encode('b', 1, 'elsewhere');
    expect(extend('x', run)).toBe(-1);
    expect(extend('c', other)).toBeGreaterThan(0);
  });
});
