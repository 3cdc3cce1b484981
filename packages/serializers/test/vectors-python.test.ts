import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SerializerFactory, type BodyBlock } from '@liberzmq/core';
import { TestPython, type PythonPeer } from '@liberzmq-tooling/testkit';
import '../src/index.js';
import { bytesOf, expanded, valueOf, type Notation } from './vectors/notation.js';
import { readVectors } from './vectors/vectors.js';

/** Bytes in hexadecimal, or why there are none. */
type Written = { readonly value: string } | { readonly error: string };

const MANY = 70_000;
const REFUSED = 'refused';
const python = new TestPython(['msgpack', 'cbor2']);

python.describe("Python's libraries", () => {
  let peer: PythonPeer | undefined;
  beforeAll(async () => {
    peer = await python.start(new URL('./vectors/python/codecs_peer.py', import.meta.url));
  });
  afterAll(async () => {
    await peer?.stop();
  });

  /** What Python answers, which is what its library has returned. */
  async function ask(order: object): Promise<Notation> {
    peer!.send(order);
    const answer = await peer!.lines.nextLine();
    expect(answer).not.toHaveProperty('error');
    return answer['value'] as Notation;
  }

  describe.each(['json', 'msgpack', 'cbor'])('%s', (format) => {
    const serializer = SerializerFactory.get(format);
    const vectors = readVectors(format);

    test('Python reads every vector', async () => {
      const decode = vectors.map(({ bytes }) => bytesOf(bytes).toString('hex'));
      const seen = (await ask({ format, decode })) as readonly Notation[];
      expect(named(seen)).toEqual(named(vectors.map(({ value, python = value }) => ({ value: expanded(python) }))));
    });

    test('we read what Python writes of the same values', async () => {
      const encode = vectors.map(({ value, python = value }) => expanded(python));
      const written = (await ask({ format, encode })) as readonly Written[];
      expect(named(written.map(outcomeOf))).toEqual(
        named(vectors.map(({ value, back = value }) => (isRefused(back) ? REFUSED : valueOf(back)))),
      );
    });

    test('more than 16 bits count, in both directions', async () => {
      const large = Object.fromEntries(Array.from({ length: MANY }, (_, n) => [`k${String(n)}`, [n]]));
      const decode = [Buffer.from(serializer.serialize(large)).toString('hex')];
      // Far faster than toEqual for as many keys.
      expect(isDeepStrictEqual(await ask({ format, decode }), [{ value: large }])).toBe(true);
      const [{ value }] = (await ask({ format, encode: [large] })) as unknown as [{ value: string }];
      expect(isDeepStrictEqual(serializer.deserialize(bytesOf(value)), large)).toBe(true);
    });

    function isRefused(back: Notation): boolean {
      return typeof back === 'object' && back !== null && '$refused' in back;
    }

    function outcomeOf(written: Written): unknown {
      if ('error' in written) return written;
      try {
        return serializer.deserialize(bytesOf(written.value));
      } catch {
        return REFUSED;
      }
    }

    function named<T>(values: readonly T[]): [string | undefined, T][] {
      return values.map((value, index) => [vectors[index]?.name, value]);
    }
  });

  describe('a block of MessagePack', () => {
    const serializer = SerializerFactory.get('msgpack');
    const values: Notation[] = [
      { id: 0, name: 'first' },
      ...Array.from({ length: 100 }, (_, id) => ({ id, name: `n${String(id)}`, nested: { list: [id, 'ä'] } })),
      'by itself',
      { name: 'other keys', at: { $bytes: '00ff' } },
      [1, { id: 2, name: 'inside' }],
      null,
      { id: 3, name: 'keys of the second', nested: null },
      {},
      { $date: 1_714_998_615_123 },
      {},
    ];

    test('is read by Python as a sequence of rows', async () => {
      const block: BodyBlock = serializer.serializeMany!();
      for (const value of values) block.add(valueOf(value), Infinity);
      expect(await ask({ readBlock: Buffer.from(block.finish()).toString('hex') })).toEqual(values);
    });

    test('is read by us as Python writes it', async () => {
      const block = await ask({ writeBlock: values });
      expect(serializer.deserializeMany!(bytesOf(block as string))).toEqual(values.map(valueOf));
    });
  });
});
