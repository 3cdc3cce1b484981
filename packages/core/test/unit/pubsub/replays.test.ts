import { describe, expect, it, jest } from '@jest/globals';
import { Replays } from '../../../src/pubsub/replays.js';
import type { KeptOfTopic } from '../../../src/pubsub/topic-store.js';
import type { Outbox } from '../../../src/sockets/outbox.js';
import type { OutboxPolicy } from '../../../src/sockets/endpoint-options.js';
import type { Outgoing } from '../../../src/sockets/outgoing.js';
import { KIND } from '../../../src/wire/native/format.js';
import { readPacket } from '../../../src/wire/native/packet-reader.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

const PAUSE_MS = 1;
const PORTION = 256;

/** So many messages of a topic, kept. */
function kept(topic: string, count: number, bytes = 1, first = 1): KeptOfTopic {
  const messages = Array.from({ length: count }, (_, index) => ({
    ...{ sequence: first + index, codec: 'json', body: Buffer.alloc(bytes, '1'), headers: undefined },
  }));
  return { topic, start: undefined, messages };
}

/** Replays into an outbox that does nothing by itself. */
function start(policy: OutboxPolicy = 'wait', maxMessageBytes = Infinity, highWaterMark = 1_000) {
  const added: Outgoing[] = [];
  const state = { messages: 0, isFull: false, sent: 0 };
  const outbox = {
    get messages() {
      return state.messages;
    },
    refuses: () => state.isFull,
    add: (outgoing: Outgoing) => {
      outgoing.phase = 'handing';
      added.push(outgoing);
    },
  };
  const replays = new Replays({
    ...{ outbox: outbox as unknown as Outbox, policy, packets: {}, maxMessageBytes, highWaterMark },
    onSent: (messages) => (state.sent += messages),
  });
  const ended: string[] = [];
  return {
    replays,
    added,
    state,
    ended,
    add: (subscriber: string, topics: readonly KeptOfTopic[], name = subscriber) => {
      replays.add(subscriber, topics, () => ended.push(name));
    },
    /** The transport takes what was added last. */
    take: async () => {
      added.at(-1)?.onHandedOver();
      await turn();
    },
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What is in a packet on an inbox topic: whose, and what records, without the question at its end. */
function shown(outgoing: Outgoing | undefined): [inbox: string, ...records: string[]] {
  const [topic, ...frames] = (outgoing?.frames ?? []) as Buffer[];
  const { records } = readPacket(frames, 0, topic);
  return [
    String(topic),
    ...records
      .filter(({ kind }) => kind !== KIND.ping)
      .map(({ kind, id, subject }) => `${kind === KIND.message ? '' : 'start '}${String(subject)}#${id}`),
  ];
}

/** The question in a packet whether it has been read. */
function questionOf(outgoing: Outgoing | undefined): number | undefined {
  const [topic, ...frames] = (outgoing?.frames ?? []) as Buffer[];
  return readPacket(frames, 0, topic).records.find(({ kind }) => kind === KIND.ping)?.id;
}

function numbersOf(outgoing: Outgoing | undefined): number[] {
  return shown(outgoing)
    .slice(1)
    .map((each) => Number(each.split('#')[1]));
}

it('nothing that is kept needs no portion', () => {
  const { add, added, ended } = start();
  add('x', [kept('a', 0), kept('b', 0)]);
  expect([added, ended]).toEqual([[], ['x']]);
});

it('little is one portion: topic by topic, on the inbox topic', async () => {
  const { add, added, ended, take, state } = start();
  add('x', [kept('a', 2), { ...kept('b', 1, 1, 8), start: 7 }, { ...kept('c', 0), start: 3 }]);
  expect(shown(added[0])).toEqual(['\0lz.x', 'a#1', 'a#2', 'start b#7', 'b#8', 'start c#3']);
  expect(added[0]?.bytes).toBe(added[0]?.frames?.reduce((bytes, frame) => bytes + frame.length, 0));
  expect(ended).toEqual([]);
  await take();
  expect([added.length, ended, state.sent]).toEqual([1, ['x'], 3]);
});

it('much is sent portion by portion, each when the one before has left, and the event loop has had its turn', async () => {
  const { add, added, ended, take } = start();
  add('x', [kept('a', 2 * PORTION)]);
  expect(added).toHaveLength(1);
  added[0]?.onHandedOver();
  expect(added).toHaveLength(1);
  await turn();
  expect(added).toHaveLength(2);
  expect(ended).toEqual([]);
  await take();
  expect(added).toHaveLength(2);
  expect(ended).toEqual(['x']);
  expect(added.flatMap(numbersOf)).toEqual(Array.from({ length: 2 * PORTION }, (_, n) => n + 1));
});

it.each([
  [Infinity, 9_000, 7],
  [8_000, 100, 10],
])('a portion has so many bytes: messages may have %d', async (maxMessageBytes, bytes, most) => {
  const { add, added, take } = start('wait', maxMessageBytes);
  add('x', [kept('a', 50, bytes)]);
  for (let left = 50; added.flatMap(numbersOf).length < 50 && left > 0; left -= 1) await take();
  expect(added.flatMap(numbersOf)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  expect(Math.max(...added.map((each) => numbersOf(each).length))).toBeLessThanOrEqual(most);
  expect(added.length).toBeLessThan(20);
});

describe('an outbox that is full', () => {
  it.each<OutboxPolicy>(['reject', 'drop-newest'])(
    'is waited for where it would refuse a portion: %s',
    async (policy) => {
      const { add, added, ended, state, take } = start(policy);
      state.isFull = true;
      add('x', [kept('a', 1)]);
      jest.advanceTimersByTime(10 * PAUSE_MS);
      expect(added).toEqual([]);
      state.isFull = false;
      jest.advanceTimersByTime(PAUSE_MS);
      expect(numbersOf(added[0])).toEqual([1]);
      await take();
      expect(ended).toEqual(['x']);
    },
  );

  it('is waited for until it is empty where a portion would push others out', () => {
    const { add, added, state } = start('drop-oldest');
    state.messages = 1;
    add('x', [kept('a', 1)]);
    jest.advanceTimersByTime(10 * PAUSE_MS);
    expect(added).toEqual([]);
    state.messages = 0;
    jest.advanceTimersByTime(PAUSE_MS);
    expect(numbersOf(added[0])).toEqual([1]);
  });

  it('that drops a portion gets it once more', async () => {
    const { add, added, ended, state, take } = start('drop-oldest');
    add('x', [kept('a', PORTION + 1)]);
    added[0]?.drop(new Error() as never);
    expect(added).toHaveLength(1);
    jest.advanceTimersByTime(PAUSE_MS);
    expect(shown(added[1])).toEqual(shown(added[0]));
    await take();
    await take();
    expect(numbersOf(added[2])).toEqual([PORTION + 1]);
    expect([ended, state.sent]).toEqual([['x'], PORTION + 1]);
  });
});

describe('several', () => {
  it('of one subscriber come one after the other, and end in that order', async () => {
    const { add, added, ended, take } = start();
    add('x', [kept('a', 1)], 'first');
    add('x', [], 'second');
    add('x', [kept('b', 1)], 'third');
    add('x', [kept('c', 0)], 'fourth');
    expect(added).toHaveLength(1);
    await take();
    expect(ended).toEqual(['first', 'second']);
    await take();
    expect(ended).toEqual(['first', 'second', 'third', 'fourth']);
    expect(added.map(shown)).toEqual([
      ['\0lz.x', 'a#1'],
      ['\0lz.x', 'b#1'],
    ]);
  });

  it('subscribers take turns, and who is to be sent nothing waits for nobody', async () => {
    const { add, added, ended, take } = start();
    add('x', [kept('a', 3 * PORTION)]);
    add('y', [kept('a', 2 * PORTION)]);
    add('z', []);
    expect(ended).toEqual(['z']);
    for (let left = 5; left > 0; left -= 1) await take();
    expect(added.map((each) => shown(each)[0])).toEqual(['x', 'y', 'x', 'y', 'x'].map((id) => `\0lz.${id}`));
    expect(ended).toEqual(['z', 'y', 'x']);
  });

  it('go on when one of them is cancelled', async () => {
    const { replays, add, added, ended, take } = start();
    add('x', [kept('a', 2 * PORTION)]);
    add('y', [kept('b', 1)]);
    replays.cancel('x');
    add('x', [kept('c', 1)], 'anew');
    await take();
    await take();
    await take();
    expect(added.map((each) => shown(each)[1])).toEqual(['a#1', 'b#1', 'c#1']);
    expect(ended).toEqual(['y', 'anew']);
  });

  it('go on when one of them fails', async () => {
    const { add, added, ended, take } = start();
    add('x', [kept('a', 2 * PORTION)]);
    add('y', [kept('b', 1)]);
    added[0]?.fail(new Error('no socket'));
    await turn();
    await take();
    expect(added.map((each) => shown(each)[1])).toEqual(['a#1', 'b#1']);
    expect(ended).toEqual(['y']);
  });
});

describe('a subscriber that does not read', () => {
  const AHEAD = 8;
  const PATIENCE_MS = 5_000;

  /** So many portions have been taken by the transport, and none of them is read. */
  async function stalled(portions: number, highWaterMark?: number) {
    const started = start('wait', Infinity, highWaterMark);
    started.add('x', [kept('a', portions * PORTION)]);
    for (let left = 2 * AHEAD; left > 0; left -= 1) await started.take();
    return started;
  }

  it('is sent so many portions, and the next for each that it has read', async () => {
    const { replays, added, take, ended } = await stalled(AHEAD + 4);
    expect(added).toHaveLength(AHEAD);
    replays.read('x', questionOf(added[0])!);
    await take();
    await take();
    expect(added).toHaveLength(AHEAD + 1);
    replays.read('x', questionOf(added[3])!);
    for (let left = AHEAD; left > 0; left -= 1) await take();
    expect(added.flatMap(numbersOf)).toHaveLength((AHEAD + 4) * PORTION);
    expect([questionOf(added.at(-1)), ended]).toEqual([undefined, ['x']]);
  });

  it.each([
    [1, 1],
    [6, 3],
    [1_000, AHEAD],
  ])('is sent no more than libzmq holds: at a high-water mark of %d %d', async (highWaterMark, ahead) => {
    expect((await stalled(AHEAD + 4, highWaterMark)).added).toHaveLength(ahead);
  });

  it('says nothing by numbers that nobody has asked', async () => {
    const { replays, added, take } = await stalled(AHEAD + 4);
    replays.read('x', questionOf(added[0])! - 1);
    replays.read('x', questionOf(added.at(-1))! + 1);
    replays.read('y', questionOf(added[0])!);
    await take();
    expect(added).toHaveLength(AHEAD);
  });

  it('holds up no other, and is cancelled like any other', async () => {
    const { replays, add, added, take, ended } = await stalled(AHEAD + 4);
    add('y', [kept('b', 1)]);
    await take();
    expect(shown(added.at(-1))).toEqual(['\0lz.y', 'b#1']);
    expect(ended).toEqual(['y']);
    const idle = replays.idle();
    replays.cancel('x');
    await idle;
  });

  it('is waited for for so long, in case it has not got what it was asked', async () => {
    const { replays, added, take } = await stalled(2 * AHEAD + 1);
    jest.advanceTimersByTime(PATIENCE_MS - 1);
    replays.read('x', questionOf(added[0])!);
    await take();
    expect(added).toHaveLength(AHEAD + 1);
    jest.advanceTimersByTime(PATIENCE_MS - 1);
    await take();
    expect(added).toHaveLength(AHEAD + 1);
    jest.advanceTimersByTime(1);
    for (let left = 2 * AHEAD; left > 0; left -= 1) await take();
    expect(added.flatMap(numbersOf)).toHaveLength((2 * AHEAD + 1) * PORTION);
  });
});

it('it is idle when all has been sent or cancelled', async () => {
  const { replays, add, take } = start();
  await replays.idle();
  add('x', [kept('a', PORTION + 1)]);
  let isIdle = false;
  const idle = replays.idle().then(() => (isIdle = true));
  await take();
  expect(isIdle).toBe(false);
  await take();
  await idle;
  add('x', [kept('a', PORTION + 1)]);
  const cancelled = replays.idle();
  replays.cancel('x');
  await take();
  await cancelled;
});

it('sends nothing more when it is stopped', async () => {
  const { replays, add, added, ended, take, state } = start();
  add('x', [kept('a', 2 * PORTION)]);
  replays.stop();
  await take();
  state.isFull = true;
  expect([added.length, ended]).toEqual([1, []]);
  expect(jest.getTimerCount()).toBe(0);
});
