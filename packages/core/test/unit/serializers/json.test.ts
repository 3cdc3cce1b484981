import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { json, utf8Text } from '../../../src/serializers/json.js';
import { jsonValue } from '../json-value.js';

describe('json', () => {
  it('has the name and the type that it is known by', () => {
    expect(json).toMatchObject({ name: 'json', contentType: 'application/json' });
  });

  it('gives back any JSON value', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        expect(json.deserialize(json.serialize(value))).toEqual(value);
      }),
    );
  });

  it('writes what JSON.stringify does, in UTF-8, and null where there is nothing to write', () => {
    expect(Buffer.from(json.serialize({ a: 'ä', b: undefined, at: new Date(0) })).toString('utf8')).toBe(
      '{"a":"ä","at":"1970-01-01T00:00:00.000Z"}',
    );
    for (const value of [undefined, () => 0, Symbol('s')]) expect(json.serialize(value)).toEqual(Buffer.from('null'));
  });

  it('knows no tags', () => {
    const tagged = { __type__: 'set', value: [1] };
    expect(json.deserialize(json.serialize(tagged))).toEqual(tagged);
  });

  it('reads a view of part of a buffer', () => {
    expect(json.deserialize(new Uint8Array(Buffer.from('xx{"a":1}xx')).subarray(2, 9))).toEqual({ a: 1 });
  });

  it.each([[[0xff]], [[0x22, 0xc3, 0x22]]])('refuses the bytes %j, which are no UTF-8', (bytes) => {
    expect(() => json.deserialize(Uint8Array.from(bytes))).toThrow(/UTF-8/);
  });
});

describe('utf8Text', () => {
  it('gives back any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(utf8Text(Buffer.from(text))).toBe(text);
      }),
    );
  });

  it('refuses what is no UTF-8', () => {
    expect(() => utf8Text(Buffer.of(0xc0, 0xaf))).toThrow(/UTF-8/);
  });
});
