import { describe, expect, it } from '@jest/globals';
import { Audience } from '../../../src/pubsub/audience.js';
import { SubscriberRegister } from '../../../src/pubsub/subscriber-register.js';
import { TopicStore } from '../../../src/pubsub/topic-store.js';
import type { Outbox } from '../../../src/sockets/outbox.js';
import type { Outgoing } from '../../../src/sockets/outgoing.js';
import { KIND } from '../../../src/wire/native/format.js';
import { OutgoingRecord } from '../../../src/wire/native/outgoing-record.js';
import { packRecords } from '../../../src/wire/native/packer.js';
import type { NativeRecord } from '../../../src/wire/native/native-record.js';
import { readPacket } from '../../../src/wire/native/packet-reader.js';

/** A register of a publisher that keeps the numbers from 1 on of these topics, and what it sends. */
function start({ retain = false, history = 0 }, topics: Readonly<Record<string, number>>) {
  const keeps = Math.max(history, retain ? 1 : 0);
  const store = new TopicStore();
  for (const [topic, count] of Object.entries(topics)) {
    for (let sequence = 1; sequence <= count; sequence += 1) {
      const log = store.use(topic);
      log.sequence = sequence;
      log.keep({ sequence, codec: 'json', body: Buffer.from('1'), headers: undefined }, keeps);
    }
  }
  const sent: string[] = [];
  const portions: Outgoing[] = [];
  const questions: number[] = [];
  const outbox = {
    refuses: () => false,
    add: (portion: Outgoing) => {
      portion.phase = 'handing';
      portions.push(portion);
    },
  };
  const register = new SubscriberRegister(
    {
      ...{
        id: 'p',
        epoch: 9,
        retain,
        keeps,
        policy: 'wait',
        packets: {},
        maxMessageBytes: Infinity,
        highWaterMark: 1_000,
      },
      outbox: outbox as unknown as Outbox,
      onSent: () => undefined,
      emit: () => undefined,
      sendControl: ({ kind, id, body }) => {
        const name = kind === KIND.pong ? 'pong' : `answer ${id}`;
        sent.push(body === undefined ? name : `${name} ${String(body)}`);
      },
      onSettled: () => undefined,
    },
    new Audience(),
    store,
  );
  return {
    register,
    portions,
    questions,
    announce: (number: number, announcement: object) => {
      const record = new OutgoingRecord(KIND.announce, number);
      record.codec = 'json';
      record.body = JSON.stringify({ id: 'x', ...announcement });
      register.take(asRead(record));
    },
    /** The transport takes everything that comes. */
    takeAll: async () => {
      for (let portion = portions.shift(); portion !== undefined; portion = portions.shift()) {
        const [topic, ...frames] = (portion.frames ?? []) as Buffer[];
        for (const { kind, id, subject } of readPacket(frames, 0, topic).records) {
          if (kind === KIND.message) sent.push(`${String(subject)}#${id}`);
          else questions.push(id);
        }
        portion.onHandedOver();
        await new Promise((resolve) => setImmediate(resolve));
      }
      return sent.splice(0);
    },
  };
}

/** A record as it arrives. */
function asRead(record: OutgoingRecord): NativeRecord {
  const frames = packRecords([record], {}).map((frame) => Buffer.from(frame));
  return readPacket(frames, 0).records[0]!;
}

/** What a subscriber says that has read a publisher so far. */
function position(topics: Readonly<Record<string, number>>, epoch = 9) {
  return { positions: [{ publisher: 'p', epoch, topics }] };
}

describe('the answer to an announcement', () => {
  it('has its number, and comes behind what was kept', async () => {
    const { register, announce, takeAll } = start({ retain: true }, { a: 3, b: 2 });
    register.subscribed('\0lz.x');
    announce(5, { patterns: ['a'] });
    announce(8, { patterns: ['a', 'b'] });
    announce(9, { patterns: ['a', 'b'] });
    expect(await takeAll()).toEqual(['a#3', 'answer 5', 'b#2', 'answer 8', 'answer 9']);
  });

  it('has the numbers of topics that are new to the subscriber, where a history is kept', async () => {
    const { register, announce, takeAll } = start({ history: 5 }, { a: 3, b: 2 });
    register.subscribed('\0lz.x');
    announce(1, { patterns: ['a'], positions: [] });
    announce(2, { patterns: ['a', 'b'] });
    expect(await takeAll()).toEqual(['answer 1 {"a":3}', 'answer 2 {"b":2}']);
  });
});

describe('what was kept', () => {
  it('is sent once more for patterns that somebody new wants, where it is retained', async () => {
    const { register, announce, takeAll } = start({ retain: true }, { a: 3, b: 2, c: 1 });
    register.subscribed('\0lz.x');
    announce(1, { patterns: ['a', 'b'] });
    await takeAll();
    announce(2, { patterns: ['a', 'b', 'c'], again: ['b'] });
    expect(await takeAll()).toEqual(['b#2', 'c#1', 'answer 2']);
    const other = start({ history: 5 }, { a: 3 });
    other.register.subscribed('\0lz.x');
    other.announce(1, { patterns: ['a'], again: ['a'], ...position({ a: 3 }) });
    expect(await other.takeAll()).toEqual(['answer 1']);
  });

  it('is what was missed on a new connection, with what somebody new wants', async () => {
    const { register, announce, takeAll } = start({ retain: true, history: 5 }, { a: 3, b: 2, c: 1 });
    register.subscribed('\0lz.x');
    announce(1, { patterns: ['>'], again: ['a', 'b'], ...position({ a: 1, b: 2 }) });
    expect(await takeAll()).toEqual(['a#2', 'a#3', 'b#2', 'c#1', 'answer 1']);
  });

  it('is for one that is new where the subscriber has read another life of the publisher', async () => {
    const { register, announce, takeAll } = start({ retain: true, history: 5 }, { a: 3 });
    register.subscribed('\0lz.x');
    announce(1, { patterns: ['>'], ...position({ a: 1 }, 8) });
    expect(await takeAll()).toEqual(['a#3', 'answer 1']);
  });

  it.each(['is still there', 'has ended'])('is sent on a new connection, when the old one %s', async (when) => {
    const { register, announce, takeAll, portions } = start({ retain: true }, { a: 1, ...many(600) });
    register.subscribed('\0lz.x');
    announce(1, { patterns: ['>'] });
    expect(portions).toHaveLength(1);
    if (when === 'has ended') register.unsubscribed('\0lz.x');
    register.subscribed('\0lz.x');
    announce(2, { patterns: ['>'], positions: [] });
    const sent = await takeAll();
    expect(sent).toHaveLength(256 + 601 + 1);
    expect(sent.slice(256, 258)).toEqual(['a#1', 't0#1']);
    expect(sent.at(-1)).toBe('answer 2');
  });

  it('is sent on when the subscriber has read what it was sent', async () => {
    const { register, announce, takeAll, questions } = start({ retain: true }, many(3_000));
    register.subscribed('\0lz.x');
    announce(1, { patterns: ['>'] });
    const sent = await takeAll();
    expect(sent.length).toBeLessThan(3_000);
    register.take(asRead(new OutgoingRecord(KIND.pong, questions.at(-1)!, 'y')));
    expect(await takeAll()).toEqual([]);
    register.take(asRead(new OutgoingRecord(KIND.pong, questions.at(-1)!, 'x')));
    sent.push(...(await takeAll()));
    expect(sent).toEqual([...Object.keys(many(3_000)).map((topic) => `${topic}#1`), 'answer 1']);
  });

  it('is sent no further when the subscriber has gone', async () => {
    const { register, announce, takeAll } = start({ retain: true }, many(600));
    register.subscribed('\0lz.x');
    announce(1, { patterns: ['>'] });
    register.unsubscribed('\0lz.x');
    expect(await takeAll()).toHaveLength(256);
    await register.idle();
  });
});

function many(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`t${n}`, 1]));
}
