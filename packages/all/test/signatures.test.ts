import { afterEach, expect, test } from '@jest/globals';
import { auth, cbor, compressed, hmac, msgpack, structuredCloneSerializer, type Serializer } from '@liberzmq/all';
import { openPair, PATTERNS, type MessagePair } from '@liberzmq-tooling/testkit';

const opened: MessagePair[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((pair) => pair.close()));
});

const BODIES = [
  { b: [1, { c: 'ü中😀' }], a: null, u: undefined },
  'text',
  3.25,
  true,
  null,
  new Date(86_400_000),
  Buffer.from([0, 255]),
  { at: new Date(1), bytes: new Uint8Array([1, 2, 3]) },
];

test.each<[string, Serializer, readonly unknown[]]>([
  ['msgpack', msgpack(), BODIES],
  ['cbor', cbor(), BODIES],
  ['structured clone', structuredCloneSerializer(), [...BODIES, new Map([['a', new Set([1])]]), 12n]],
  ['compressed msgpack', compressed(msgpack()), BODIES],
])('a signature holds, whatever carries the message: %s', async (_what, serializer, bodies) => {
  for (const pattern of PATTERNS) {
    const pair = await openPair(pattern, { serializer });
    opened.push(pair);
    for (const end of [pair.sender, pair.receiver]) {
      end.addMiddleware(auth(hmac({ keyId: 'shop', secret: 'one secret of thirty-two bytes, or more' })));
    }
    for (const body of bodies) {
      const { principal } = await pair.exchange(body, { headers: { b: 'x', a: 'ü' } });
      expect(principal).toEqual({ id: 'shop' });
    }
  }
});
