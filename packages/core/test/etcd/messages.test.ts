import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keysWithPrefix, oneKey } from '../../src/etcd/key-range.js';
import { readRange } from '../../src/etcd/kv-messages.js';
import { MessageReader } from '../../src/etcd/message-reader.js';
import { MessageWriter } from '../../src/etcd/message-writer.js';
import { readWatch } from '../../src/etcd/watch-messages.js';

type Kind = 'integer' | 'bytes' | 'text';
type Field = readonly [field: number, kind: Kind, value: bigint | Uint8Array | string];

const INT_64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

const field = fc.integer({ min: 1, max: 2 ** 29 - 1 });
const fields: fc.Arbitrary<Field[]> = fc.array(
  fc.oneof(
    fc.tuple(field, fc.constant<Kind>('integer'), fc.bigInt(INT_64)),
    fc.tuple(field, fc.constant<Kind>('bytes'), fc.uint8Array({ maxLength: 300 })),
    fc.tuple(field, fc.constant<Kind>('text'), fc.string({ unit: 'grapheme', maxLength: 100 })),
  ),
  { maxLength: 10 },
);

function write(each: readonly Field[]): Buffer {
  const writer = new MessageWriter();
  for (const [number, , value] of each) {
    if (typeof value === 'bigint') writer.presentInteger(number, value);
    else writer.presentBytes(number, typeof value === 'string' ? Buffer.from(value) : value);
  }
  return writer.finish();
}

function readAs(reader: MessageReader, kind: Kind): bigint | Uint8Array | string {
  if (kind === 'integer') return reader.bigint();
  return kind === 'text' ? reader.text() : Uint8Array.from(reader.bytes());
}

describe('messages of Protocol Buffers', () => {
  it.each([
    ['a number', new MessageWriter().integer(1, 150), '089601'],
    ['a text', new MessageWriter().text(2, 'testing'), '120774657374696e67'],
    ['a message in a message', new MessageWriter().message(3, new MessageWriter().integer(1, 150)), '1a03089601'],
    ['a negative number', new MessageWriter().integer(1, -2), '08feffffffffffffffff01'],
    ['a field with a large number', new MessageWriter().presentBytes(64, Uint8Array.of(1)), '82040101'],
    ['defaults', new MessageWriter().integer(1, 0).integer(2, 0n).text(3, '').bytes(4, new Uint8Array(0)), ''],
    ['defaults that are there', new MessageWriter().presentInteger(1, 0).message(2, new MessageWriter()), '08001200'],
  ])('%s is written as the specification says', (_, writer, hex) => {
    expect(writer.finish().toString('hex')).toBe(hex);
  });

  it('what is written is read', () => {
    fc.assert(
      fc.property(fields, (written) => {
        const reader = new MessageReader(write(written));
        const read = written.map(([, kind]) => [reader.next() && reader.field, kind, readAs(reader, kind)]);
        expect(read).toEqual(
          written.map(([number, kind, value]) => [
            number,
            kind,
            typeof value === 'object' ? Uint8Array.from(value) : value,
          ]),
        );
        expect(reader.next()).toBe(false);
      }),
    );
  });

  it('what is not wanted is passed over', () => {
    const fixed = fc.oneof(
      fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => [(15 << 3) | 1, ...bytes]),
      fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => [(15 << 3) | 5, ...bytes]),
    );
    fc.assert(
      fc.property(fields, fixed, fields, (before, unknown, behind) => {
        const bytes = Buffer.concat([write(before), Buffer.from(unknown), write(behind)]);
        const numbers: number[] = [];
        for (const reader = new MessageReader(bytes); reader.next();) numbers.push(reader.field);
        expect(numbers).toEqual([...before.map(([number]) => number), 15, ...behind.map(([number]) => number)]);
      }),
    );
  });

  it('what is cut off within a field is an error, whether it is wanted or not', () => {
    fc.assert(
      fc.property(fields, fc.nat(), (written, cut) => {
        const bytes = write(written);
        const ends = new Set([0, ...written.map((_, index) => write(written.slice(0, index + 1)).byteLength)]);
        const length = bytes.byteLength === 0 ? 0 : cut % bytes.byteLength;
        const passOver = () => {
          for (const reader = new MessageReader(bytes.subarray(0, length)); reader.next(););
        };
        if (ends.has(length)) passOver();
        else expect(passOver).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
      }),
    );
  });

  it.each([
    ['a number without an end', '08ffffffffffffffffffff01'],
    ['a group', '0b0c'],
    ['a field of number 0', '0001'],
    ['bytes where a number is wanted', '0a0101'],
  ])('%s is an error', (_, hex) => {
    const reader = new MessageReader(Buffer.from(hex, 'hex'));
    expect(() => {
      while (reader.next()) if (reader.field === 1) reader.bigint();
    }).toThrow(expect.objectContaining({ name: expect.stringMatching('Error'), code: 'PROTOCOL' }));
  });

  it('a revision that a number cannot hold is an error', () => {
    const header = new MessageWriter().integer(3, 2n ** 60n);
    const bytes = new MessageWriter().message(1, header).finish();
    expect(() => readRange(new MessageReader(bytes))).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
  });

  it('an event with nothing in it is a put', () => {
    const bytes = new MessageWriter().message(11, new MessageWriter()).finish();
    expect(readWatch(new MessageReader(bytes)).events).toMatchObject([{ type: 'put', key: '', version: 0, lease: 0n }]);
  });
});

describe('ranges of keys', () => {
  const bytes = fc.uint8Array({ maxLength: 4 });
  const isIn = (key: Uint8Array, range: { key: Uint8Array; end: Uint8Array }) => {
    const isOpen = range.end.byteLength === 1 && range.end[0] === 0;
    const first = range.key.byteLength === 1 && range.key[0] === 0 && isOpen ? new Uint8Array(0) : range.key;
    return Buffer.compare(key, first) >= 0 && (isOpen || Buffer.compare(key, range.end) < 0);
  };

  it('a prefix is the range of the keys that begin so', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.boolean(), (prefix, other, isPrefixed) => {
        const key = isPrefixed ? Buffer.concat([prefix, other]) : other;
        const begins = Buffer.from(key).subarray(0, prefix.byteLength).equals(prefix);
        const before = Buffer.from(prefix);
        expect(isIn(key, keysWithPrefix(Buffer.from(prefix)))).toBe(begins);
        expect(before.equals(prefix)).toBe(true);
      }),
    );
  });

  it.each(['', '/a', Buffer.from([1, 0xff])])('the prefix %p stays as it was', (prefix) => {
    const before = Buffer.from(prefix);
    expect(keysWithPrefix(prefix).key.byteLength).toBeGreaterThan(0);
    expect(Buffer.from(prefix).equals(before)).toBe(true);
  });

  it.each([[1], [undefined], [null], [['a']]])('%p is no key', (key) => {
    expect(() => oneKey(key as never)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    expect(() => keysWithPrefix(key as never)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});
