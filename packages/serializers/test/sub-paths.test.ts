import { describe, expect, test } from '@jest/globals';
import { startNode } from '@liberzmq-tooling/testkit';

/** What a process of its own says that runs this code with the built packages. */
async function said(code: string): Promise<unknown> {
  await using child = startNode({ code });
  return await child.lines.nextLine();
}

describe('by the name of the package', () => {
  test.each([
    ['msgpack', 'msgpack'],
    ['cbor', 'cbor'],
    ['structured-clone', 'structuredCloneSerializer'],
    ['compressed', 'compressed'],
    ['protobuf', 'protobuf'],
  ])('%s is there alone, registers nothing, and loads no package before it is used', async (path, name) => {
    const code = `
      import { createRequire } from 'node:module';
      import { SerializerFactory } from '@liberzmq/core';
      import { ${name} } from '@liberzmq/serializers/${path}';
      const loaded = Object.keys(createRequire(import.meta.url).cache).some((file) => /msgpackr|cbor-x|protobufjs/.test(file));
      console.log(JSON.stringify({ type: typeof ${name}, names: SerializerFactory.names(), loaded }));`;
    expect(await said(code)).toEqual({ type: 'function', names: ['json', 'raw'], loaded: false });
  });

  test('msgpack loads no package when it is used either', async () => {
    const code = `
      import { createRequire } from 'node:module';
      import { msgpack } from '@liberzmq/serializers/msgpack';
      const serializer = msgpack();
      const back = serializer.deserialize(serializer.serialize([new Map([['a', 1]]), new (class { b = 2; })()]));
      const loaded = Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('msgpackr'));
      console.log(JSON.stringify({ back, loaded }));`;
    expect(await said(code)).toEqual({ back: [{ a: 1 }, { b: 2 }], loaded: false });
  });

  test('all of them are there, in both kinds of modules, and registered', async () => {
    const code = `
      import { createRequire } from 'node:module';
      import { SerializerFactory } from '@liberzmq/core';
      import * as all from '@liberzmq/serializers';
      const required = createRequire(import.meta.url)('@liberzmq/serializers');
      console.log(JSON.stringify({
        exports: Object.keys(all).sort(),
        same: required.msgpack === all.msgpack,
        names: SerializerFactory.names(),
      }));`;
    expect(await said(code)).toEqual({
      exports: ['cbor', 'compressed', 'msgpack', 'protobuf', 'structuredCloneSerializer'],
      same: true,
      names: [
        'cbor',
        ...['cbor', 'json', 'msgpack', 'structured_clone'].map((name) => `compressed_${name}`),
        'json',
        'msgpack',
        'raw',
        'structured_clone',
      ],
    });
  });
});
