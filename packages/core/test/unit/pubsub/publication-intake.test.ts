import { describe, expect, it } from '@jest/globals';
import { CatchUp } from '../../../src/pubsub/catch-up.js';
import { PublicationIntake } from '../../../src/pubsub/publication-intake.js';
import { Sequences } from '../../../src/pubsub/sequences.js';
import { Subscriptions } from '../../../src/pubsub/subscriptions.js';
import { topicPattern } from '../../../src/pubsub/topic-pattern.js';
import { json } from '../../../src/serializers/json.js';
import { KIND, type Kind } from '../../../src/wire/native/format.js';
import { OutgoingRecord } from '../../../src/wire/native/outgoing-record.js';
import { packRecords } from '../../../src/wire/native/packer.js';
import { readPacket } from '../../../src/wire/native/packet-reader.js';

const INBOX = '\0lz.me';

/** An intake, what it gives away, and short ways to feed it. */
function start() {
  const seen: string[] = [];
  const events: unknown[] = [];
  const none = (): void => undefined;
  const subscriptions = new Subscriptions({ onPrefix: none, onChanged: none });
  const catchUp = new CatchUp(() => true);
  const intake = new PublicationIntake({
    ...{ inbox: INBOX, serializer: () => json, subscriptions, sequences: new Sequences(), catchUp },
    readRecords: (frames, topic) => readPacket(frames, 1, topic),
    takeEach: (records, take) => {
      for (const record of records) void take(record);
    },
    take: ({ topic, message, progress, isAgain }) => {
      seen.push(`${topic}=${String(message)}${isAgain ? ' again' : ''}`);
      // As if it were with its handlers at once.
      if (progress !== undefined) progress.handledAt = subscriptions.clock;
    },
    onAnswer: (number) => events.push(`answer ${number}`),
    onPing: (number) => events.push(`ping ${number}`),
    emit: (_type, event) => events.push(event),
    onUnexpected: ({ kind }) => events.push(`unexpected ${kind}`),
    onUnreadable: (error) => events.push(error),
  });
  const read = (topic: string, kind: Kind, id: number, subject?: string, body?: string): void => {
    const record = new OutgoingRecord(kind, id, subject);
    if (body !== undefined) [record.codec, record.body] = ['json', body];
    const packet = packRecords([record], { sender: { id: 'p', epoch: 1 } });
    void intake.read([topic, ...packet].map((frame) => Buffer.from(frame)));
  };
  return {
    seen,
    events,
    catchUp,
    subscribe: (pattern: string, handler?: () => void) => subscriptions.add(topicPattern(pattern), handler),
    live: (topic: string, id: number) => {
      read(topic, KIND.message, id, undefined, String(id));
    },
    kept: (topic: string, id: number) => {
      read(INBOX, KIND.message, id, topic, String(id));
    },
    read,
  };
}

it('what is there again is for newcomers only, if there are any, and if it was kept for this one', () => {
  const { seen, events, subscribe, live, kept } = start();
  subscribe('t', () => undefined);
  live('t', 4);
  live('t', 5);
  kept('t', 5);
  subscribe('t', () => 'another');
  live('t', 5);
  kept('t', 5);
  kept('t', 5);
  expect(seen).toEqual(['t=4', 't=5', 't=5 again']);
  expect(events).toEqual([]);
});

it('newcomers are not given what is older than what has come since', () => {
  const { seen, subscribe, live, kept } = start();
  subscribe('t', () => undefined);
  live('t', 5);
  subscribe('t', () => 'asks for what is retained, which is 5');
  live('t', 6);
  subscribe('t', () => 'asks for what is retained, which is 6');
  kept('t', 5);
  kept('t', 6);
  expect(seen).toEqual(['t=5', 't=6', 't=6 again']);
});

it('what nobody is subscribed to is passed over, on the inbox, too', () => {
  const { seen, events, subscribe, live, kept, read } = start();
  subscribe('t');
  live('u', 1);
  kept('u', 1);
  read(INBOX, KIND.message, 1, undefined, '"no topic"');
  read('\0lz.somebody else', KIND.message, 1, 't', '1');
  live('t', 1);
  expect([seen, events]).toEqual([['t=1'], []]);
});

describe('a publisher that has forgotten a topic', () => {
  it.each([
    ['t', undefined],
    [INBOX, 't'],
  ])('says where it goes on, on %j', (topic, subject) => {
    const { seen, events, subscribe, live, read } = start();
    subscribe('t');
    live('t', 3);
    read(topic, KIND.announce, 90, subject);
    live('t', 91);
    live('t', 93);
    expect(seen).toEqual(['t=3', 't=91', 't=93']);
    expect(events).toEqual([{ publisher: 'p', topic: 't', missed: 1 }]);
  });
});

it('a question of a publisher is one for this subscriber alone', () => {
  const { events, read } = start();
  read(INBOX, KIND.ping, 5);
  read(INBOX, KIND.pong, 6);
  read('\0lz.somebody else', KIND.ping, 7);
  expect(events).toEqual(['ping 5']);
});

it('an answer ends what is held since its announcement', () => {
  const { seen, events, catchUp, subscribe, live, kept, read } = start();
  subscribe('t');
  live('t', 1);
  catchUp.begin(['p'], 7);
  live('t', 4);
  read(INBOX, KIND.announce, 6);
  kept('t', 2);
  kept('t', 3);
  expect(seen).toEqual(['t=1', 't=2', 't=3']);
  read(INBOX, KIND.announce, 7, undefined, '{"t":3}');
  expect(seen).toEqual(['t=1', 't=2', 't=3', 't=4']);
  expect(events).toEqual(['answer 6', 'answer 7']);
});
