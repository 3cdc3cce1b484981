import { describe, expect, test } from '@jest/globals';
import { cbor as cborOf } from '../src/index.js';
import { cbor } from './hostile.js';
import { boxes, carried, Json, memory, Point, realms, strange, wrapped, type Make } from './not-plain.js';

describe('what is not plain', () => {
  test.each([...strange.filter(([type]) => !/symbol|function|Error|RegExp/.test(type)), ...boxes])(
    '%s is refused, not an empty object',
    (type, make) => {
      for (const value of wrapped(make()))
        expect(() => cbor.serialize(value)).toThrow(`a value of the type ${type} cannot be encoded`);
      const json = new Json(() => ({ inside: make() }));
      expect(() => cbor.serialize(json)).toThrow(`a value of the type ${type} cannot be encoded`);
    },
  );

  test.each(realms)('what was made in %s is carried as what is made in this, or refused', (_, inRealm) => {
    const all = [...carried, ...memory, ...strange, ...boxes];
    const outcomes = all.map(([name, make]) => [name, outcome(inRealm, make)]);
    expect(outcomes).not.toContainEqual([expect.any(String), 'changed']);
    expect(outcomes).toContainEqual(['an object without prototype', 'carried']);
    expect(outcomes).toContainEqual(['an instance of a class', 'carried']);
  });

  function outcome(inRealm: (make: Make) => unknown, make: Make): string {
    let bytes: Uint8Array;
    try {
      bytes = cbor.serialize([inRealm(make)]);
    } catch {
      return 'refused';
    }
    return Buffer.from(bytes).equals(cbor.serialize([make()])) ? 'carried' : 'changed';
  }

  test.each(memory)('%s comes back with its bytes', (_, make) => {
    const value = make();
    const view = (of: unknown): Buffer =>
      ArrayBuffer.isView(of) ? Buffer.from(of.buffer, of.byteOffset, of.byteLength) : Buffer.from(of as ArrayBuffer);
    const back = cbor.deserialize(cbor.serialize(value));
    expect(view(back).equals(view(value))).toBe(true);
    expect(back).toBeInstanceOf(/DataView|ArrayBuffer/.test(value!.constructor.name) ? Buffer : value!.constructor);
  });

  test('instances of classes keep what is in them', () => {
    const value = new Point([new Point(new Date(5)), new Map([[1, new Set([Buffer.of(1)])]]), Float64Array.of(1)]);
    expect(cbor.deserialize(cbor.serialize(value))).toEqual({
      x: [{ x: new Date(5) }, new Map([[1, new Set([Buffer.of(1)])]]), Float64Array.of(1)],
    });
    expect(() => cborOf({ maxDepth: Infinity }).serialize(Object.assign(value, { value }))).toThrow(
      'nested too deeply',
    );
  });
});

describe('dates', () => {
  const decode = (hex: string): unknown => cbor.deserialize(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  const text = (date: string): Buffer => Buffer.concat([Buffer.of(0xc0, 0x78, date.length), Buffer.from(date)]);

  test('that are integers of 64 bits are dates, and the bytes stay as they are', () => {
    const bytes = Buffer.from(
      '83 c1 1b 0000000000000005 1b 0000000000000005 c1 3b 0000000000000000'.replaceAll(' ', ''),
      'hex',
    );
    const before = Buffer.from(bytes);
    expect(cbor.deserialize(bytes)).toEqual([new Date(5_000), 5n, new Date(-1_000)]);
    expect(bytes).toEqual(before);
    expect(String(decode('c1 1b ffffffffffffffff'))).toBe('Invalid Date');
  });

  test.each([
    ['2013-03-21T20:04:00Z', '2013-03-21T20:04:00Z'],
    ['2013-03-21T20:04:00.380841+01:00', '2013-03-21T19:04:00.380Z'],
    ['0001-02-03T04:05:06-23:59', '0001-02-04T04:04:06Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
  ])('that are text are dates: %s', (written, meant) => {
    expect(cbor.deserialize(text(written))).toEqual(new Date(meant));
  });

  test.each([
    ...['2024', '2024-05-06', '2024-05-06T07:08:09', '2024-05-06 07:08:09Z', '6 May 2024 07:08:09 GMT', ''],
    ...['2023-02-29T00:00:00Z', '2024-13-01T00:00:00Z', '2024-05-06T25:00:00Z', '2024-05-06T07:08:09+99:99'],
    ...['+02024-05-06T07:08:09Z', '2024-05-06T07:08:09Z ', '2024-05-06T07:08:09Z\0', '２０２４-05-06T07:08:09Z'],
  ])('that are other text are refused: %j', (written) => {
    const bytes = Buffer.from(written);
    expect(() => cbor.deserialize(Buffer.concat([Buffer.of(0xc0, 0x78, bytes.length), bytes]))).toThrow('RFC 3339');
  });
});
