import { describe, expect, it } from '@jest/globals';
import { json } from '../../../src/serializers/json.js';
import { raw } from '../../../src/serializers/raw.js';
import { Notice } from '../../../src/sockets/notice.js';
import { Outbox, type OutboxSettings } from '../../../src/sockets/outbox.js';
import { SendOperation } from '../../../src/sockets/send-operation.js';
import type { LiberZMQError } from '../../../src/errors/liberzmq-error.js';
import { decodeBody } from '../../../src/wire/native/body-decoder.js';
import { KIND } from '../../../src/wire/native/format.js';
import { OutgoingRecord } from '../../../src/wire/native/outgoing-record.js';
import { isPacket, readPacket } from '../../../src/wire/native/packet-reader.js';
import { defer, type Deferred } from '../deferred.js';

const busy = (): Error => Object.assign(new Error('Operation was not possible or timed out'), { code: 'EAGAIN' });
const gone = (): Error => Object.assign(new Error('Host unreachable'), { code: 'EHOSTUNREACH' });

/** What the bodies of one packet say, behind its topic if it has one. */
function bodiesOf(frames: readonly Uint8Array[]): unknown[] {
  const given = frames.map((frame) => Buffer.from(frame));
  if (!isPacket(given[0]) && !isPacket(given[1])) return [given.join('|')];
  const first = isPacket(given[0]) ? 0 : 1;
  const bodies = readPacket(given, first).records.map((record) => decodeBody(record, json, 'control', 'a body'));
  return first === 0 ? bodies : [`topic ${String(given[0])}`, ...bodies];
}

/** An outbox whose messages are records, and what it has asked the transport to send. */
function start(settings: Partial<OutboxSettings> = {}) {
  const packets: unknown[][] = [];
  const frames: Uint8Array[][] = [];
  const pending: Deferred[] = [];
  const control = { open: true, takes: true };
  const dropped: string[] = [];
  const outbox = new Outbox({
    maxMessages: Infinity,
    maxBytes: Infinity,
    policy: 'wait',
    to: 'peer',
    waitsForRoom: false,
    packets: {},
    recordsTogether: () => 4,
    maxMessageBytes: Infinity,
    send: (given) => {
      frames.push(given as Uint8Array[]);
      packets.push(bodiesOf(given as Uint8Array[]));
      if (control.takes) return Promise.resolve();
      const answer = defer();
      pending.push(answer);
      return answer.promise;
    },
    isOpen: () => control.open,
    onSent: () => undefined,
    onDropped: (reason, outgoing) => void dropped.push(`${outgoing.describe()}: ${reason}`),
    ...settings,
  });
  /** Sends a value. Resolves with what became of it. */
  const send = (
    value: unknown,
    options: { signal?: AbortSignal; topic?: string; codec?: typeof json } = {},
  ): Promise<string> => {
    const { signal, topic, codec = json } = options;
    const operation = new SendOperation(() => String(value), Infinity, signal === undefined ? [] : [signal], undefined);
    const record = new OutgoingRecord(KIND.message, 1);
    record.topic = topic;
    operation.record = record;
    operation.bytes = outbox.encode(record, codec, value, () => String(value)) + 32;
    outbox.add(operation);
    return operation.promise.then(
      () => 'sent',
      (error: unknown) => `${(error as LiberZMQError).code} ${(error as LiberZMQError).outcome}`,
    );
  };
  const classic = (text: string): void => {
    const operation = new SendOperation(() => text, Infinity, [], undefined);
    operation.frames = [text];
    operation.bytes = text.length;
    outbox.add(operation);
  };
  return { outbox, packets, frames, pending, control, dropped, send, classic };
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('records in an outbox', () => {
  it('leave together when the turn ends', async () => {
    const { packets, send } = start();
    const sent = [send('a'), send('b'), send('c')];
    expect(packets).toEqual([]);
    expect(await Promise.all(sent)).toEqual(['sent', 'sent', 'sent']);
    expect(packets).toEqual([['a', 'b', 'c']]);
  });

  it('leave at once when a packet is full, and in order', async () => {
    const { packets, send } = start();
    const sent = Array.from({ length: 10 }, (_, index) => send(index));
    expect(packets).toEqual([[0, 1, 2, 3]]);
    await Promise.all(sent);
    expect(packets).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
  });

  it('leave at once when a packet has enough bytes', () => {
    const { packets, send } = start({ recordsTogether: () => 64 });
    for (let count = 0; count < 3; count += 1) void send('x'.repeat(30_000));
    expect(packets.map(({ length }) => length)).toEqual([3]);
  });

  it('each leave by themselves where each is waited for', async () => {
    const { packets, send } = start();
    for (const value of ['a', 'b', 'c']) await send(value);
    expect(packets).toEqual([['a'], ['b'], ['c']]);
  });

  it('leave together with what the microtasks of the same turn add', async () => {
    const { packets, send } = start();
    void send('a');
    void Promise.resolve().then(() => send('b'));
    void Promise.resolve()
      .then(() => undefined)
      .then(() => send('c'));
    await settle();
    expect(packets).toEqual([['a', 'b', 'c']]);
  });

  it('wait while one is being handed over, and go together then', async () => {
    const { packets, pending, control, send } = start();
    control.takes = false;
    void send('a');
    await settle();
    for (const value of ['b', 'c']) void send(value);
    await settle();
    expect(packets).toEqual([['a']]);
    control.takes = true;
    pending[0]!.resolve();
    await settle();
    expect(packets).toEqual([['a'], ['b', 'c']]);
  });

  it('wait while nobody is there, and leave in full packets then', async () => {
    const { outbox, packets, control, send } = start();
    control.open = false;
    const sent = Array.from({ length: 9 }, (_, index) => send(index));
    await settle();
    expect(packets).toEqual([]);
    expect(outbox.messages).toBe(9);
    control.open = true;
    outbox.wake();
    await Promise.all(sent);
    expect(packets).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8]]);
    expect(outbox).toMatchObject({ messages: 0, bytes: 0 });
  });

  it('take as many together as are allowed at that moment', async () => {
    let most = 2;
    const { packets, send } = start({ recordsTogether: () => most });
    for (const value of ['a', 'b']) void send(value);
    most = 3;
    for (const value of ['c', 'd', 'e']) void send(value);
    await settle();
    expect(packets).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
  });

  it('are left out of their packet when they are aborted before it leaves', async () => {
    const { outbox, packets, send } = start();
    const controller = new AbortController();
    const sent = [send('a'), send('b', { signal: controller.signal }), send('c')];
    controller.abort();
    expect(await Promise.all(sent)).toEqual(['sent', 'ABORTED not-sent', 'sent']);
    expect(packets).toEqual([['a', 'c']]);
    expect(outbox).toMatchObject({ messages: 0, bytes: 0 });
  });

  it('send nothing when all of them are aborted', async () => {
    const { outbox, packets, send } = start();
    const controller = new AbortController();
    const sent = [send('a', controller), send('b', controller)];
    controller.abort();
    expect(await Promise.all(sent)).toEqual(['ABORTED not-sent', 'ABORTED not-sent']);
    await settle();
    expect(packets).toEqual([]);
    expect(outbox.messages).toBe(0);
  });

  it('are in the order in which they came among those that travel alone', async () => {
    const { packets, send, classic } = start();
    void send(1);
    void send(Buffer.from('two'));
    void send(undefined);
    void send(4);
    classic('five');
    void send(6);
    await settle();
    expect(packets).toEqual([[1, Buffer.from('two'), undefined, 4], ['five'], [6]]);
  });

  it('of different topics are in different packets, with the topic in front', async () => {
    const { packets, send } = start();
    for (const topic of ['x', 'x', 'y', 'x']) void send(topic, { topic });
    await settle();
    expect(packets).toEqual([
      ['topic x', 'x', 'x'],
      ['topic y', 'y'],
      ['topic x', 'x'],
    ]);
  });
});

describe('records that libzmq does not take at once', () => {
  it('are tried again, in the same order, with what has come since', async () => {
    const { packets, pending, control, send } = start();
    control.takes = false;
    const sent = [send('a'), send('b')];
    await settle();
    sent.push(send('c'));
    control.takes = true;
    pending[0]!.reject(busy());
    expect(await Promise.all(sent)).toEqual(['sent', 'sent', 'sent']);
    expect(packets).toEqual([
      ['a', 'b'],
      ['a', 'b', 'c'],
    ]);
  });

  it('are tried again without those that are wanted no longer', async () => {
    const { packets, pending, control, send } = start();
    control.takes = false;
    const controller = new AbortController();
    const sent = [send('a'), send('b', controller), send('c')];
    await settle();
    controller.abort();
    control.takes = true;
    pending[0]!.reject(busy());
    expect(await Promise.all(sent)).toEqual(['sent', 'ABORTED unknown', 'sent']);
    expect(packets).toEqual([
      ['a', 'b', 'c'],
      ['a', 'c'],
    ]);
  });

  it('are not tried again when none is wanted any longer', async () => {
    const { outbox, packets, pending, control, send } = start();
    control.takes = false;
    const controller = new AbortController();
    const sent = [send('a', controller), send('b', controller)];
    await settle();
    controller.abort();
    pending[0]!.reject(busy());
    expect(await Promise.all(sent)).toEqual(['ABORTED unknown', 'ABORTED unknown']);
    await settle();
    expect(packets).toEqual([['a', 'b']]);
    expect(outbox).toMatchObject({ messages: 0, bytes: 0 });
  });

  it('all fail when the peer is gone', async () => {
    const { outbox, pending, control, send } = start();
    control.takes = false;
    const sent = [send('a'), send('b')];
    await settle();
    pending[0]!.reject(gone());
    expect(await Promise.all(sent)).toEqual(['UNREACHABLE not-sent', 'UNREACHABLE not-sent']);
    expect(outbox).toMatchObject({ messages: 0, bytes: 0 });
  });

  it('all fail when the outbox is closed meanwhile', async () => {
    const { outbox, pending, control, send } = start();
    control.takes = false;
    const sent = [send('a'), send('b')];
    await settle();
    sent.push(send('c'));
    outbox.close();
    pending[0]!.reject(busy());
    expect(await Promise.all(sent)).toEqual(['CLOSED not-sent', 'CLOSED not-sent', 'CLOSED not-sent']);
    expect(outbox).toMatchObject({ messages: 0, bytes: 0 });
  });
});

describe('the limits of an outbox', () => {
  it('refuse a record past them, and leave those before it as they are', async () => {
    const { outbox, packets, control, send } = start({ policy: 'reject', maxMessages: 2 });
    control.open = false;
    const kept = [send('a'), send('b')];
    expect(outbox.refuses()).toBe(true);
    expect(await send('c')).toBe('BACKPRESSURE not-sent');
    control.open = true;
    outbox.wake();
    expect(await Promise.all(kept)).toEqual(['sent', 'sent']);
    expect(packets).toEqual([['a', 'b']]);
  });

  it('drop the oldest, and send the rest of its block', async () => {
    const { outbox, packets, control, dropped, send } = start({ policy: 'drop-oldest', maxMessages: 2 });
    control.open = false;
    const sent = ['a', 'b', 'c'].map((value) => send(value));
    control.open = true;
    outbox.wake();
    expect(await Promise.all(sent)).toEqual(['sent', 'sent', 'sent']);
    expect(packets).toEqual([['b', 'c']]);
    expect(dropped).toEqual(['a: outbox-full']);
  });
});

describe('a block', () => {
  it('is not split over two packets', async () => {
    let most = 6;
    const { frames, packets, control, outbox, send } = start({ recordsTogether: () => most });
    control.open = false;
    for (let index = 0; index < 6; index += 1) void send(`${'y'.repeat(100)}${index}`);
    most = 4; // A packet is full before the end of the block.
    for (let index = 6; index < 8; index += 1) void send(`${'z'.repeat(100)}${index}`);
    control.open = true;
    outbox.wake();
    await settle();
    expect(packets.map(({ length }) => length)).toEqual([6, 2]);
    const bytes = frames.flat().reduce((sum, frame) => sum + frame.byteLength, 0);
    expect(bytes).toBeLessThan(8 * 130);
  });
});

describe('a packet', () => {
  it('is not larger than what the peer takes, whatever script the text is in', async () => {
    const maxMessageBytes = 1_000;
    const { frames, send } = start({ recordsTogether: () => 64, maxMessageBytes });
    await Promise.all(Array.from({ length: 20 }, () => send('查'.repeat(100))));
    const largest = Math.max(...frames.flat().map((frame) => frame.byteLength));
    expect(largest).toBeLessThanOrEqual(maxMessageBytes);
  });

  it('may have attachments, each of which finds its record', async () => {
    const { frames, packets, send } = start();
    const bytes = [1, 2, 3].map((fill) => Buffer.alloc(10_000, fill));
    await Promise.all([send('first'), ...bytes.map((each) => send(each, { codec: raw }))]);
    expect(packets.flat()).toEqual(['first', ...bytes]);
    expect(frames.flat().filter(({ byteLength }) => byteLength === 10_000).length).toBe(3);
  });

  it('stay when what is about a lost connection goes', async () => {
    const { outbox, packets, control, send } = start();
    control.open = false;
    const first = send('first');
    const cancel = new Notice({ describe: () => 'a cancel' });
    cancel.record = new OutgoingRecord(KIND.cancel, 7);
    cancel.bytes = 32;
    outbox.add(cancel);
    const second = send('second');
    expect(outbox.messages).toBe(3);
    outbox.dropControls();
    expect(outbox.messages).toBe(2);
    control.open = true;
    outbox.wake();
    expect(await Promise.all([first, second])).toEqual(['sent', 'sent']);
    expect(packets).toEqual([['first', 'second']]);
    expect([outbox.messages, outbox.bytes]).toEqual([0, 0]);
  });
});
