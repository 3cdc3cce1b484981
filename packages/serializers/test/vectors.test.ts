import { describe, expect, test } from '@jest/globals';
import { SerializerFactory } from '@liberzmq/core';
import '../src/index.js';
import { bytesOf, valueOf } from './vectors/notation.js';
import { readVectors } from './vectors/vectors.js';

describe.each(['json', 'msgpack', 'cbor'])('%s, as it is on the wire', (format) => {
  const serializer = SerializerFactory.get(format);
  const vectors = readVectors(format);

  test.each(vectors.filter(({ written }) => written !== false))('writes and reads $name', ({ value, bytes }) => {
    const encoded = Buffer.from(serializer.serialize(valueOf(value)));
    expect(encoded.toString('hex')).toBe(bytesOf(bytes).toString('hex'));
    expect(serializer.deserialize(encoded)).toEqual(valueOf(value));
  });

  test.each(vectors.filter(({ written }) => written === false))('reads $name', ({ value, bytes }) => {
    expect(serializer.deserialize(bytesOf(bytes))).toEqual(valueOf(value));
    expect(Buffer.from(serializer.serialize(valueOf(value)))).not.toEqual(bytesOf(bytes));
  });
});
