import { expect } from '@jest/globals';
import { json } from '../../../src/serializers/json.js';
import { Notice } from '../../../src/sockets/notice.js';
import { Outbox, type OutboxSettings } from '../../../src/sockets/outbox.js';
import { decodeBody } from '../../../src/wire/native/body-decoder.js';
import { KIND } from '../../../src/wire/native/format.js';
import { OutgoingRecord } from '../../../src/wire/native/outgoing-record.js';
import { readPacket } from '../../../src/wire/native/packet-reader.js';
import { defer, type Deferred } from '../deferred.js';

/** What libzmq answers where it has no room. */
export const busy = (): Error =>
  Object.assign(new Error('Operation was not possible or timed out'), { code: 'EAGAIN' });

/** What each message has beside its body. */
export const FACTS_BYTES = 32;

/** The id and the body of each record in a packet. */
function shown(frames: readonly Uint8Array[]): [id: number | string, body: unknown][] {
  const { records } = readPacket(
    frames.map((frame) => Buffer.from(frame)),
    0,
  );
  return records.map((record) => [
    record.kind === KIND.task ? record.textId : record.id,
    decodeBody(record, json, 'control', 'a body'),
  ]);
}

/** An outbox for runs, and what it has told and sent. */
export function start(settings: Partial<OutboxSettings> = {}) {
  const packets: [number | string, unknown][][] = [];
  const frames: Uint8Array[][] = [];
  const pending: Deferred[] = [];
  const control = { open: true, takes: true };
  const dropped: string[] = [];
  const sent: number[] = [];
  const lost: number[] = [];
  const outbox = new Outbox({
    maxMessages: Infinity,
    maxBytes: Infinity,
    policy: 'wait',
    to: 'peer',
    waitsForRoom: true,
    packets: {},
    recordsTogether: () => 64,
    maxMessageBytes: Infinity,
    send: (given) => {
      frames.push(given as Uint8Array[]);
      packets.push(shown(given as Uint8Array[]));
      if (control.takes) return Promise.resolve();
      const answer = defer();
      pending.push(answer);
      return answer.promise;
    },
    isOpen: () => control.open,
    onSent: ({ messages }) => void sent.push(messages),
    onDropped: (reason, _outgoing, messages) => void dropped.push(`${messages} ${reason}`),
    ...settings,
  });
  const add = (record: OutgoingRecord, body: unknown): Notice => {
    const notice = new Notice({ describe: () => 'a run', onLost: ({ messages }) => void lost.push(messages) });
    notice.record = record;
    notice.bytes = outbox.encode(record, json, body, () => 'a run') + FACTS_BYTES;
    outbox.add(notice);
    return notice;
  };
  /** Begins a run of messages, of which more are added at once. */
  const run = (id: number, ...bodies: unknown[]): Notice => {
    const record = new OutgoingRecord(KIND.message, id);
    record.count = 1;
    const notice = add(record, bodies[0]);
    for (const body of bodies.slice(1)) expect(outbox.extend(notice, json, body)).toBe(true);
    return notice;
  };
  /** Begins a run of tasks. */
  const tasks = (prefix: string, number: number, ...bodies: unknown[]): Notice => {
    const record = new OutgoingRecord(KIND.task, number, 'resize');
    record.count = 1;
    record.textId = prefix;
    const notice = add(record, bodies[0]);
    for (const body of bodies.slice(1)) expect(outbox.extend(notice, json, body)).toBe(true);
    return notice;
  };
  const single = (id: number, body: unknown): Notice => add(new OutgoingRecord(KIND.message, id), body);
  const open = async (): Promise<void> => {
    control.open = true;
    outbox.wake();
    await settle();
  };
  return { outbox, packets, frames, pending, control, dropped, sent, lost, run, tasks, single, open };
}

/** Lets everything go on that is ready to. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
