import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MessageInfo } from '@liberzmq/core';
import { TestPython, type PythonPeer } from '@liberzmq-tooling/testkit';
import { protobuf } from '../src/protobuf/index.js';
import { bytesOf, valueOf } from './vectors/notation.js';
import { readVectors } from './vectors/vectors.js';

const SAMPLE: MessageInfo = { pattern: 'task', subject: 'sample' };
const schema = readFileSync(new URL('./vectors/protobuf.proto', import.meta.url), 'utf8');
const serializer = protobuf({ schema, tasks: { sample: 'vectors.Sample' } });
const vectors = readVectors('protobuf');
const written = vectors.filter((vector) => vector.written !== false);

/** What a Sample has for the fields that are not on the wire. */
const BLANK = {
  ...{ double: 0, float: 0, int32: 0, int64: 0n, uint32: 0, uint64: 0n, sint32: 0, sint64: 0n, fixed32: 0 },
  ...{ fixed64: 0n, sfixed32: 0, sfixed64: 0n, bool: false, string: '', bytes: Buffer.alloc(0), colour: 'NONE' },
  ...{ numbers: [], singleNumbers: [], texts: [], points: [], colours: [], doubles: [], largeNumbers: [] },
  ...{ byText: {}, byNumber: {}, byFlag: {}, last: '' },
};

describe('protobuf, as it is on the wire', () => {
  test.each(written)('writes and reads $name', ({ value, bytes }) => {
    const encoded = Buffer.from(serializer.serialize(valueOf(value), SAMPLE));
    expect(encoded.toString('hex')).toBe(bytesOf(bytes).toString('hex'));
    expect(serializer.deserialize(encoded, SAMPLE)).toEqual({ ...BLANK, ...(valueOf(value) as object) });
  });

  test.each(vectors.filter((vector) => vector.written === false))('reads $name', ({ value, bytes }) => {
    expect(serializer.deserialize(bytesOf(bytes), SAMPLE)).toEqual({ ...BLANK, ...(valueOf(value) as object) });
    expect(Buffer.from(serializer.serialize(valueOf(value), SAMPLE))).not.toEqual(bytesOf(bytes));
  });
});

const python = new TestPython(['google.protobuf']);

python.describe("Python's Protocol Buffers", () => {
  let peer: PythonPeer | undefined;
  beforeAll(async () => {
    peer = await python.start(new URL('./vectors/python/protobuf_peer.py', import.meta.url));
  });
  afterAll(async () => {
    await peer?.stop();
  });

  test('Python reads every vector', async () => {
    peer!.send({ decode: vectors.map(({ bytes }) => bytesOf(bytes).toString('hex')) });
    const seen = (await peer!.lines.nextLine())['value'] as unknown[];
    expect(named(seen)).toEqual(
      named(vectors.map(({ value, python: seenThere = value }) => ({ value: protoJson(valueOf(seenThere)) }))),
    );
  });

  test('we write the same bytes as Python', async () => {
    peer!.send({ encode: written.map(({ value }) => protoJson(valueOf(value))) });
    const encoded = (await peer!.lines.nextLine())['value'] as unknown[];
    expect(named(encoded)).toEqual(named(written.map(({ bytes }) => ({ value: bytesOf(bytes).toString('hex') }))));
  });

  function named<T>(values: readonly T[]): [string | undefined, T][] {
    return values.map((value, index) => [vectors[index]?.name, value]);
  }
});

/** In the JSON of Protocol Buffers, as https://protobuf.dev/programming-guides/json describes it. */
function protoJson(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  if (Array.isArray(value)) return value.map(protoJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, protoJson(item)]));
}
