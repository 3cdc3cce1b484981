import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { Serializer } from '../../../../src/contract/serializer.js';
import { json } from '../../../../src/serializers/json.js';
import { raw } from '../../../../src/serializers/raw.js';
import { codecNamed, codecOf, decodeBody } from '../../../../src/wire/native/body-decoder.js';
import { encodeParts } from '../../../../src/wire/native/body-encoder.js';
import { KIND } from '../../../../src/wire/native/format.js';
import { PacketWriter } from '../../../../src/wire/native/packet-writer.js';
import type { NativeRecord } from '../../../../src/wire/native/native-record.js';
import { readPacket } from '../../../../src/wire/native/packet-reader.js';
import { jsonValue } from '../../json-value.js';

const REQUEST = { pattern: 'request', subject: 'add' } as const;

function readAll(write: (writer: PacketWriter) => void): readonly NativeRecord[] {
  const writer = new PacketWriter();
  writer.begin();
  write(writer);
  return readPacket(
    writer.finish().map((frame) => Buffer.from(frame)),
    0,
  ).records;
}

const one = (codec: string, body: Uint8Array | string): NativeRecord =>
  readAll((writer) => writer.record(KIND.request, { id: 1 }, codec, body))[0]!;

const inBlock = (count: number, body: string, codec = 'json'): readonly NativeRecord[] =>
  readAll((writer) => {
    writer.record(KIND.block, { id: count }, codec, body);
    for (let index = 0; index < count; index += 1) writer.recordInBlock(KIND.request, { id: index + 1 }, index);
  });

describe('the body of a record', () => {
  it('is undefined where there is none', () => {
    const [record] = readAll((writer) => writer.record(KIND.request, { id: 1 }));
    expect(decodeBody(record!, json, 'request', 'add')).toBeUndefined();
    expect(codecOf(record!)).toBeUndefined();
  });

  it('is decoded by the codec that it names', () => {
    expect(decodeBody(one('json', '{"a":1}'), raw, 'request', 'add')).toEqual({ a: 1 });
    expect(decodeBody(one('raw', '{}'), json, 'request', 'add')).toEqual(Buffer.from('{}'));
    expect(codecOf(one('raw', ''))).toBe('raw');
  });

  it("is decoded by the endpoint's own codec where that has the name", () => {
    const own: Serializer = { ...json, deserialize: () => 'by my own' };
    expect(decodeBody(one('json', '1'), own, 'request', 'add')).toBe('by my own');
    expect(codecNamed('json', own)).toBe(own);
    expect(codecNamed('raw', own)).toBe(raw);
  });

  it.each(['toy', '', '__proto__', 'constructor'])(
    'names a codec that is not known, and says how to mend it: %j',
    (name) => {
      expect(() => decodeBody(one(name, 'x'), json, 'request', 'add')).toThrow(
        expect.objectContaining({
          name: 'SerializationError',
          code: 'UNKNOWN_CODEC',
          message: `a message is encoded as '${name}', which its receiver does not know; it knows json, raw. For it to know: SerializerFactory.register('${name}', serializer)`,
        }),
      );
    },
  );

  it.each([
    ['msgpack', 'npm install @liberzmq/serializers, and import'],
    ['compressed_cbor', 'npm install @liberzmq/serializers cbor-x'],
    ['compressed_json', 'npm install @liberzmq/serializers'],
    ['protobuf', 'protobufjs'],
    ['compressed_protobuf', "register('compressed_protobuf', compressed(protobuf("],
  ])('names the package that brings %s', (name, remedy) => {
    expect(() => decodeBody(one(name, 'x'), json, 'request', 'add')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_CODEC', message: expect.stringContaining(remedy) }),
    );
  });

  it.each([['{'], [''], ['[1'], [Buffer.from('22c32822', 'hex')], ['\ufeff1']])(
    'is refused where it cannot be decoded: %j',
    (body) => {
      expect(() => decodeBody(one('json', body), json, 'request', 'add')).toThrow(
        expect.objectContaining({
          name: 'SerializationError',
          code: 'DECODE',
          message: expect.stringMatching(/^cannot decode the data of request 'add' as json: /),
        }),
      );
    },
  );

  it('may have names that objects have already', () => {
    const body = decodeBody(one('json', '{"__proto__":{"polluted":true}}'), json, 'request', 'add') as object;
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.keys(body)).toEqual(['__proto__']);
  });
});

describe('a block of bodies', () => {
  it('is decoded once for all of its records, when the first one is asked for', () => {
    const deserializeMany = jest.fn((bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString()) as unknown[]);
    const own: Serializer = { ...json, deserializeMany };
    const records = inBlock(3, '["a","b","c"]');
    expect(deserializeMany).not.toHaveBeenCalled();
    expect(codecOf(records[2]!)).toBe('json');
    expect([2, 0, 1].map((index) => decodeBody(records[index]!, own, 'request', 'add'))).toEqual(['c', 'a', 'b']);
    expect(deserializeMany).toHaveBeenCalledTimes(1);
  });

  it('is decoded once although it cannot be: each of its records has the error', () => {
    const deserializeMany = jest.fn((): unknown[] => {
      throw new Error('no');
    });
    const own: Serializer = { ...json, deserializeMany };
    for (const record of inBlock(50, `[${'1,'.repeat(49)}x]`)) {
      expect(() => decodeBody(record, own, 'request', 'add')).toThrow(expect.objectContaining({ code: 'DECODE' }));
    }
    expect(deserializeMany).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['fewer', '[1]'],
    ['more', '[1,2,3]'],
    ['none', '[]  '],
    ['no array', '{"length":2}'],
    ['a text', '"ab"'],
    ['null', 'null'],
  ])('is refused where it holds other than it says: %s', (_how, body) => {
    for (const record of inBlock(2, body)) {
      expect(() => decodeBody(record, json, 'request', 'add')).toThrow(
        expect.objectContaining({
          code: 'DECODE',
          message: expect.stringMatching(/cannot decode .*'add': its block does not hold the 2 bodies that it says/),
        }),
      );
    }
  });

  it('is refused where its codec is unknown, or has no blocks', () => {
    const code = (codec: string): unknown => {
      try {
        return decodeBody(inBlock(1, '[1]', codec)[0]!, json, 'request', 'add');
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect([code('toy'), code('raw')]).toEqual(['UNKNOWN_CODEC', 'DECODE']);
  });
});

describe('a body in parts', () => {
  const part = (codec: number, bytes: string | Buffer): Buffer => {
    const head = Buffer.from([codec, 0, 0, 0, 0]);
    head.writeUInt32LE(Buffer.byteLength(bytes), 1);
    return Buffer.concat([head, Buffer.from(bytes)]);
  };
  const decoded = (body: Buffer, own: Serializer = json): unknown =>
    decodeBody(one('parts', body), own, 'request', 'add');

  it('is an array, of which each value was encoded by itself', () => {
    const values = [Buffer.from([0, 255]), { a: [1] }, null, Buffer.alloc(0), new Uint8Array(9_000).fill(1), 'ä'];
    const { codec, body } = encodeParts(values, 'the data', REQUEST);
    expect(decodeBody(one(codec, body), json, 'request', 'add')).toEqual([
      ...[Buffer.from([0, 255]), { a: [1] }, null, Buffer.alloc(0)],
      ...[Buffer.alloc(9_000, 1), 'ä'],
    ]);
    expect(decoded(Buffer.alloc(0))).toEqual([]);
  });

  it('may be any that may be', () => {
    const value = fc.oneof(
      jsonValue,
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const { codec, body } = encodeParts(values, 'the data', REQUEST);
        expect(decodeBody(one(codec, body), json, 'request', 'add')).toEqual(values);
      }),
    );
  });

  it("is decoded by the endpoint's own codec where that has the name of one of its parts", () => {
    const own: Serializer = { ...json, deserialize: () => 'by my own' };
    expect(decoded(Buffer.concat([part(1, '1'), part(2, 'x')]), own)).toEqual(['by my own', Buffer.from('x')]);
  });

  it('has no more parts than may be', () => {
    const parts = (count: number): Buffer => Buffer.alloc(5 * count, part(2, ''));
    expect(decoded(parts(65_535))).toHaveLength(65_535);
    expect(() => decoded(parts(65_536))).toThrow(expect.objectContaining({ code: 'DECODE' }));
  });

  it.each([
    ['half a head', Buffer.from('02000000', 'hex'), 'DECODE'],
    ['a part beyond the body', Buffer.from('020200000001', 'hex'), 'DECODE'],
    ['the largest length', Buffer.from('02ffffffff01', 'hex'), 'DECODE'],
    ['codec 0', part(0, 'x'), 'DECODE'],
    ['a codec beyond the table', part(7, 'x'), 'DECODE'],
    ['a codec that is not registered', part(4, 'x'), 'UNKNOWN_CODEC'],
    ['a fault in a part', Buffer.concat([part(2, 'x'), part(1, '{')]), 'DECODE'],
    ['something behind the last part', Buffer.concat([part(1, '1'), Buffer.of(1)]), 'DECODE'],
  ])('is refused where it cannot be decoded: %s', (_how, body, code) => {
    expect(() => decoded(body)).toThrow(expect.objectContaining({ name: 'SerializationError', code }));
  });

  it('is no codec to answer in, and has no blocks', () => {
    expect(() => codecNamed('parts', json)).toThrow(expect.objectContaining({ code: 'UNKNOWN_CODEC' }));
    expect(() => decodeBody(inBlock(1, '[1]', 'parts')[0]!, json, 'request', 'add')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_CODEC' }),
    );
  });
});
