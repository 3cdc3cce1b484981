import { describe, expect, it, test } from '@jest/globals';
import { Client, Server } from '@liberzmq/core';
import { compressed } from '@liberzmq/core/compression';
import { PATTERNS } from '@liberzmq-tooling/testkit';
import { compression, type CompressionOptions } from '../../src/messages/compression.js';
import { pairsOfTest } from './pairs.js';

const open = pairsOfTest();
const TEXT = 'the same words again and again, '.repeat(400);
const body = { text: TEXT, list: [1, { deep: null }] };

describe('at both ends', () => {
  it.each(PATTERNS)('what arrives is what was sent, and far less goes over the wire: %s', async (pattern) => {
    const pair = await open(pattern, { sender: [compression()], receiver: [compression()] });
    for (const each of [body, TEXT, 'short', null, Buffer.from(TEXT)]) {
      expect((await pair.exchange(each)).body).toEqual(each);
    }
  });

  it('far less goes over the wire, both ways', async () => {
    const server = new Server({ address: 'tcp://127.0.0.1:*' }).addMiddleware(compression({ algorithm: 'deflate' }));
    server.registerHandler('echo', (data) => data);
    await server.startServer();
    const client = new Client({ address: server.boundAddress ?? '' }).addMiddleware(compression());
    try {
      expect(await client.sendRequest('echo', body)).toEqual(body);
      expect(server.stats().received.bytes).toBeLessThan(TEXT.length / 10);
      expect(client.stats().received.bytes).toBeLessThan(TEXT.length / 10);
    } finally {
      await client.close();
      await server.close();
    }
  });
});

describe('at one end', () => {
  it('a server answers each client as it was asked', async () => {
    const server = new Server({ address: 'tcp://127.0.0.1:*' }).addMiddleware(compression());
    server.registerHandler('echo', (data) => data);
    await server.startServer();
    const plain = new Client({ address: server.boundAddress ?? '' });
    try {
      expect(await plain.sendRequest('echo', body)).toEqual(body);
      expect(plain.stats().received.bytes).toBeGreaterThan(TEXT.length);
    } finally {
      await plain.close();
      await server.close();
    }
  });

  it('whoever does not know the form says what it takes', async () => {
    const server = new Server({ address: 'tcp://127.0.0.1:*' });
    server.registerHandler('echo', (data) => data);
    await server.startServer();
    const client = new Client({ address: server.boundAddress ?? '' }).addMiddleware(compression());
    try {
      await expect(client.sendRequest('echo', body)).rejects.toMatchObject({
        code: 'UNKNOWN_CODEC',
        message: expect.stringMatching(/compressed_json.*@liberzmq\/serializers/),
      });
    } finally {
      await client.close();
      await server.close();
    }
  });
});

it('ends decompressing at its limit, whatever the sender has put in', async () => {
  const server = new Server({ address: 'tcp://127.0.0.1:*' }).addMiddleware(
    compression({ maxDecompressedBytes: 10_000 }),
  );
  server.registerHandler('size', (data) => (data as string).length);
  await server.startServer();
  const client = new Client({ address: server.boundAddress ?? '', serializer: compressed('json') });
  try {
    await expect(client.sendRequest('size', TEXT)).rejects.toMatchObject({
      code: 'DECODE',
      message: expect.stringMatching(/10000/),
    });
    expect(await client.sendRequest('size', 'small enough')).toBe(12);
  } finally {
    await client.close();
    await server.close();
  }
});

test.each([
  [{ algorithm: 'rar' }, /no compression 'rar'/],
  [{ threshold: 5 }, /unknown option 'threshold'/],
  [{ level: 99 }, /level/],
  [null, /options must be an object/],
])('refuses %j', (options, message) => {
  expect(() => compression(options as CompressionOptions)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringMatching(message) }),
  );
});
