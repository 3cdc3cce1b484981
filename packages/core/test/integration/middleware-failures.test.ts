import { describe, expect, it } from '@jest/globals';
import { RemoteError, type Middleware, type Pattern } from '@liberzmq/core';
import { openPair, PATTERNS, type MessagePair } from '@liberzmq-tooling/testkit';
import { closeAfterEach, until } from './endpoints.js';

const keep = closeAfterEach();
const PLACES = ['first', 'middle', 'last'] as const;
const WAYS: readonly (readonly [string, () => void | Promise<void>])[] = [
  [
    'at once',
    () => {
      throw new RemoteError('REMOTE', 'refused');
    },
  ],
  ['later', () => new Promise((_resolve, reject) => setImmediate(() => reject(new RemoteError('REMOTE', 'refused'))))],
];

/** Three of them, of which the one at a place does something to the messages whose body is `'bad'`. */
function three(
  direction: 'outgoing' | 'incoming',
  place: (typeof PLACES)[number],
  act: () => void | Promise<void>,
): Middleware[] {
  const passing: Middleware = {
    name: 'passing',
    outgoing: (_message, next) => next(),
    incoming: async (_message, next) => next(),
  };
  const acting: Middleware = {
    name: 'acting',
    [direction]: (message: { body: unknown }, next: () => Promise<void>) => (message.body === 'bad' ? act() : next()),
  };
  return PLACES.map((each) => (each === place ? acting : passing));
}

async function open(
  pattern: Pattern,
  ends: Partial<Record<'sender' | 'receiver', Middleware[]>>,
): Promise<MessagePair> {
  const pair = await openPair(pattern, ends);
  keep({ close: () => pair.close() });
  return pair;
}

const CASES = PATTERNS.flatMap((pattern) =>
  PLACES.flatMap((place) => WAYS.map(([way, act]) => ({ pattern, place, way, act }))),
);

describe('a step that throws', () => {
  it.each(CASES)(
    'going out, $place, $way, in the pattern $pattern: its sender hears it, and others are not harmed',
    async ({ pattern, place, act }) => {
      const pair = await open(pattern, { sender: three('outgoing', place, act) });
      await expect(pair.send('bad')).rejects.toMatchObject({ code: 'REMOTE', message: 'refused' });
      expect(await pair.exchange('good')).toMatchObject({ body: 'good' });
      expect(pair.arrived).toHaveLength(1);
    },
  );

  it.each(CASES)(
    'coming in, $place, $way, in the pattern $pattern: it is not handled, and others are not harmed',
    async ({ pattern, place, act }) => {
      const pair = await open(pattern, { receiver: three('incoming', place, act) });
      const sent = pair.send('bad');
      if (pattern === 'request') await expect(sent).rejects.toMatchObject({ code: 'REMOTE', message: 'refused' });
      else await sent;
      expect(await pair.exchange('good')).toMatchObject({ body: 'good' });
      expect(pair.arrived.filter(({ body }) => body === 'bad')).toEqual([]);
      if (pattern === 'request') return;
      await until(() => pair.receiver.stats().drops['middleware'] === 1, 'it is counted');
      expect(pair.receiver.stats().errors).toEqual({ REMOTE: 1 });
    },
  );
});

describe('a step that never ends', () => {
  const endless = (): Promise<void> => new Promise(() => undefined);

  it.each(PATTERNS)(
    'going out, in the pattern %s: the time limit and the signal hold, and others go on',
    async (pattern) => {
      const pair = await open(pattern, { sender: three('outgoing', 'middle', endless) });
      await expect(pair.send('bad', { timeoutMs: 30 })).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' });
      const controller = new AbortController();
      const aborted = pair.send('bad', { signal: controller.signal });
      controller.abort(new Error('enough'));
      await expect(aborted).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
      expect(await pair.exchange('good')).toMatchObject({ body: 'good' });
    },
  );

  it('coming in at a server: the caller has the time limit, and the server closes', async () => {
    const pair = await open('request', { receiver: three('incoming', 'middle', endless) });
    await expect(pair.send('bad', { timeoutMs: 30 })).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    expect(await pair.exchange('good')).toMatchObject({ body: 'good' });
  });
});
