import { expect, test } from '@jest/globals';
import * as all from '@liberzmq/all';
import * as core from '@liberzmq/core';
import * as serializers from '@liberzmq/serializers';
import * as validation from '@liberzmq/validation';
import * as middleware from '@liberzmq/middleware';
import * as pool from '@liberzmq/pool';
import * as balancer from '@liberzmq/balancer';

test('all exports everything that the packages do, as the same values', () => {
  const entries = [core, serializers, validation, middleware, pool, balancer].flatMap((exported) =>
    Object.entries(exported),
  );
  expect(Object.keys(all).sort()).toEqual(entries.map(([name]) => name).sort());
  for (const [name, value] of entries) expect(Reflect.get(all, name)).toBe(value);
});

test('all registers the serializers', () => {
  expect(core.SerializerFactory.names()).toEqual([
    'cbor',
    'compressed_cbor',
    'compressed_json',
    'compressed_msgpack',
    'compressed_structured_clone',
    'json',
    'msgpack',
    'raw',
    'structured_clone',
  ]);
});
