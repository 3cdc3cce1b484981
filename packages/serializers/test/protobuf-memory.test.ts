import { describe, expect, test } from '@jest/globals';
import { protobuf } from '../src/protobuf/index.js';
import { task } from './protobuf-schema.js';

const M = task('m');

/** Messages in each of which there are so many fields of that kind, all of them not sent. */
function of(fields: number, kind: string): ReturnType<typeof protobuf> {
  const its = Array.from({ length: fields }, (_, i) => `${kind} f${String(i)} = ${String(i + 10)};`).join(' ');
  const schema = `syntax = "proto3"; message N { ${its} }
    message M { repeated N list = 1; map<int32, N> map = 2; N one = 3; uint32 number = 4; bytes bytes = 5; }`;
  return protobuf({ schema, tasks: { m: 'M' } });
}

const empties = (count: number): Buffer => Buffer.from('0a00'.repeat(count), 'hex');

describe('few bytes that make much are refused, in both directions', () => {
  test.each([
    ['repeated string', 20, /^its 200000 bytes make too much: .* than 12865536, 64 for each byte$/],
    ['repeated int32', 4, /make too much/],
    ['map<string, string>', 20, /make too much/],
    ['int32', 100, /make too much/],
    ['string', 13, /make too much/],
  ])('messages with %s, %i times', (kind, fields, message) => {
    const serializer = of(fields, kind);
    expect(() => serializer.deserialize(empties(100_000), M)).toThrow(message);
    const list = Array<object>(100_000).fill({});
    expect(() => serializer.serialize({ list }, M)).toThrow(/^M: its 200000 bytes make too much/);
    expect(serializer.deserialize(serializer.serialize({ number: 1 }, M), M)).toMatchObject({ number: 1 });
  });

  test('as values of a map, which need not be sent either', () => {
    const serializer = of(60, 'repeated string');
    const entries = Array.from({ length: 100 }, (_, key) => [0x12, 2, 0x08, key]).flat();
    expect(() => serializer.deserialize(Buffer.from(entries), M)).toThrow('make too much');
  });
});

test('a message by itself may have many fields that are not sent', () => {
  const serializer = of(500, 'repeated string');
  const message = serializer.deserialize(serializer.serialize({ one: {}, list: [{}] }, M), M) as { one: object };
  expect(Object.keys(message.one)).toHaveLength(500);
  expect(Object.values(message.one)).toEqual(Array.from({ length: 500 }, () => []));
});

test('lists of messages with a handful of fields are read, whatever is sent of these', () => {
  const serializer = protobuf({
    schema: `syntax = "proto3"; message N { uint32 id = 1; string a = 2; string b = 3; double c = 4; bool d = 5; int64 e = 6; uint32 f = 7; repeated string g = 8; }
      message M { repeated N list = 1; }`,
    tasks: { m: 'M' },
  });
  const list = Array.from({ length: 50_000 }, (_, id) => ({ id }));
  const back = serializer.deserialize(serializer.serialize({ list }, M), M) as { list: object[] };
  expect(back.list).toHaveLength(50_000);
  expect(back.list[7]).toStrictEqual({ id: 7, a: '', b: '', c: 0, d: false, e: 0n, f: 0, g: [] });
  const none = serializer.deserialize(empties(50_000), M) as { list: { g: unknown[] }[] };
  none.list[0]!.g.push('mine');
  expect(none.list[1]!.g).toEqual([]);
});

test('what is refused has not been made before', () => {
  const serializer = of(20, 'repeated string');
  const bytes = empties(2_000_000);
  const before = process.memoryUsage().heapUsed;
  expect(() => serializer.deserialize(bytes, M)).toThrow('its 4000000 bytes make too much');
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(600_000_000);
});
