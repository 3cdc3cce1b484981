import { serialize } from 'node:v8';
import { expect, test } from '@jest/globals';
import { SerializerFactory } from '@liberzmq/core';
import { protobuf } from '../src/index.js';

/** What V8 makes of the keys a, b and c, with the last one renamed. */
const cloned = Buffer.from(serialize({ a: 1, b: 3, c: 2 }));
cloned[cloned.indexOf('c')] = 'a'.charCodeAt(0);

test.each([
  ['json', Buffer.from('{"a":1,"b":3,"a":2}')],
  ['msgpack', Buffer.from('83a16101a16203a16102', 'hex')],
  ['cbor', Buffer.from('a3616101616203616102', 'hex')],
])('of a key that comes twice the last value counts: %s', (name, bytes) => {
  expect(SerializerFactory.get(name).deserialize(bytes)).toEqual({ a: 2, b: 3 });
});

test('V8 refuses a key that comes twice', () => {
  expect(() => SerializerFactory.get('structured_clone').deserialize(cloned)).toThrow();
});

test('of a field that comes twice the last value counts: protobuf', () => {
  const serializer = protobuf({
    schema: 'syntax = "proto3"; message M { int32 a = 1; int32 b = 2; }',
    tasks: { t: 'M' },
  });
  const bytes = Buffer.from('080110030802', 'hex');
  expect(serializer.deserialize(bytes, { pattern: 'task', subject: 't' })).toEqual({ a: 2, b: 3 });
});

test('of a key that comes twice in the keys of a block the last value counts: msgpack', () => {
  const bytes = Buffer.from('9493a161a162a161010302', 'hex');
  expect(SerializerFactory.get('msgpack').deserializeMany!(bytes)).toEqual([{ a: 2, b: 3 }]);
});
