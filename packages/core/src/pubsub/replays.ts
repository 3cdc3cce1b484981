import type { OutboxPolicy } from '../sockets/endpoint-options.js';
import type { Outbox } from '../sockets/outbox.js';
import { KIND } from '../wire/native/format.js';
import { OutgoingRecord } from '../wire/native/outgoing-record.js';
import { packRecords, type PacketSettings } from '../wire/native/packer.js';
import { checkRecordLimits } from '../wire/native/record-limits.js';
import { inboxOf } from './announcement.js';
import { Portion, type PortionEnd } from './portion.js';
import type { KeptOfTopic } from './topic-store.js';

/** What replays need to know. */
export interface ReplaysSettings {
  readonly outbox: Outbox;
  readonly policy: OutboxPolicy;
  readonly packets: PacketSettings;
  /** The largest message that is sent, in bytes. */
  readonly maxMessageBytes: number;
  /** Packets that libzmq holds for one subscriber. What is above that it may drop. */
  readonly highWaterMark: number;
  /** Told of messages that the transport has taken. */
  onSent(messages: number): void;
}

/** A packet on an inbox topic. */
interface Packet {
  /** The question in it whether it has been read; none in the last. */
  readonly number: number | undefined;
  readonly frames: Uint8Array[];
  readonly bytes: number;
  readonly messages: number;
}

/** What is kept, and has not been sent yet. */
interface Replay {
  readonly records: Iterator<OutgoingRecord, undefined>;
  /** The first record that is in no packet yet; none, if all are. */
  next: OutgoingRecord | undefined;
  /** What is on its way, or waits for room. If it is dropped, it is sent again. */
  packet: Packet | undefined;
  readonly onEnd: () => void;
}

/** One subscriber. */
interface Recipient {
  readonly replays: Replay[];
  /** The numbers of the portions that it has not said to have read. */
  unread: number[];
  /** When it is waited for no longer, on the clock of `performance.now()`. */
  patience: number;
}

const PORTION_MESSAGES = 256;
const PORTION_BYTES = 64 * 1_024;
/** Where even a message may not be large, a portion is much smaller. */
const SMALLEST_SHARE = 8;
/** So many portions may be on the way to a subscriber, and half of what libzmq holds for it. */
const PORTIONS_AHEAD = 8;
/** A subscriber that says nothing for so long may not have got what it is asked about. */
const PATIENCE_MS = 5_000;
/** Nothing tells when the outbox has room again. */
const PAUSE_MS = 1;

/**
 * Sends subscribers what was kept for them, each on its own inbox topic. However much that is, one portion waits in the outbox at a time, where
 * it takes the room of one message, and the event loop has its turn before the next. Subscribers take turns, and none is sent more than it reads.
 */
export class Replays {
  readonly #settings: ReplaysSettings;
  readonly #portionBytes: number;
  readonly #portionsAhead: number;
  /** By subscriber; whose turn it is comes first. */
  readonly #waiting = new Map<string, Recipient>();
  /** Of the portion that was made last. Other publishers that send to the same subscriber begin with another. */
  #number = Math.floor(Math.random() * 2 ** 32);
  /** A portion is on its way, or about to be. */
  #isBusy = false;
  #pause: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #onIdle: (() => void) | undefined;

  constructor(settings: ReplaysSettings) {
    this.#settings = settings;
    this.#portionBytes = Math.min(PORTION_BYTES, settings.maxMessageBytes / SMALLEST_SHARE);
    this.#portionsAhead = Math.max(1, Math.min(PORTIONS_AHEAD, Math.floor(settings.highWaterMark / 2)));
  }

  /** @param onEnd called when all of this, and what the same subscriber was to be sent before, has been handed over. */
  add(subscriber: string, topics: readonly KeptOfTopic[], onEnd: () => void): void {
    const records = recordsOf(topics);
    const replay: Replay = { records, next: records.next().value, packet: undefined, onEnd };
    const recipient = this.#waiting.get(subscriber);
    if (recipient !== undefined) {
      recipient.replays.push(replay);
    } else if (replay.next === undefined) {
      onEnd();
    } else {
      this.#waiting.set(subscriber, { replays: [replay], unread: [], patience: Infinity });
      if (!this.#isBusy) this.#sendNext();
    }
  }

  /** A subscriber has read a portion, and so those before it. */
  read(subscriber: string, portion: number): void {
    const recipient = this.#waiting.get(subscriber);
    const at = recipient?.unread.indexOf(portion) ?? -1;
    if (recipient === undefined || at === -1) return;
    recipient.unread.splice(0, at + 1);
    recipient.patience = performance.now() + PATIENCE_MS;
    if (!this.#isBusy) this.#sendNext();
  }

  /** Sends a subscriber no more of what it was to be sent. */
  cancel(subscriber: string): void {
    this.#waiting.delete(subscriber);
    if (!this.#isBusy) this.#sendNext();
  }

  /** Resolves when nothing is left to send. */
  idle(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#onIdle = resolve));
  }

  /** Sends nothing more. */
  stop(): void {
    this.#waiting.clear();
    clearTimeout(this.#pause);
    clearImmediate(this.#turn);
  }

  readonly #sendNext = (): void => {
    clearTimeout(this.#pause);
    const subscriber = this.#whoseTurn();
    const recipient = subscriber === undefined ? undefined : this.#waiting.get(subscriber);
    const replay = recipient?.replays[0];
    this.#isBusy = replay !== undefined;
    if (this.#waiting.size === 0) this.#onIdle?.();
    if (subscriber === undefined || recipient === undefined || replay === undefined) return;
    replay.packet ??= this.#pack(subscriber, replay);
    const { packet } = replay;
    if (!this.#hasRoom(packet.bytes)) {
      this.#pause = setTimeout(this.#sendNext, PAUSE_MS);
      return;
    }
    const portion = new Portion(packet.frames, packet.bytes, (end) => {
      this.#ended(subscriber, replay, packet, end);
    });
    this.#settings.outbox.add(portion);
  };

  /** The first subscriber that may be sent something. If none may, it is looked at anew when the first has been waited for long enough. */
  #whoseTurn(): string | undefined {
    const now = performance.now();
    let soonest = Infinity;
    for (const [subscriber, recipient] of this.#waiting) {
      if (recipient.patience <= now) recipient.unread = [];
      if (recipient.unread.length < this.#portionsAhead) return subscriber;
      soonest = Math.min(soonest, recipient.patience);
    }
    if (soonest !== Infinity) this.#pause = setTimeout(this.#sendNext, soonest - now);
    return undefined;
  }

  /** With `drop-oldest` a message that comes in pushes others out, and may be pushed out itself while it waits. */
  #hasRoom(bytes: number): boolean {
    const { outbox, policy } = this.#settings;
    return policy === 'drop-oldest' ? outbox.messages === 0 : !outbox.refuses(bytes);
  }

  #ended(subscriber: string, replay: Replay, { number, messages }: Packet, end: PortionEnd): void {
    if (end === 'dropped') {
      this.#pause = setTimeout(this.#sendNext, PAUSE_MS);
      return;
    }
    this.#turn = setImmediate(this.#sendNext);
    if (end === 'sent') this.#settings.onSent(messages);
    const recipient = this.#waiting.get(subscriber);
    if (recipient?.replays[0] !== replay) return;
    this.#waiting.delete(subscriber);
    if (end === 'failed') return;
    const { replays, unread } = recipient;
    replay.packet = undefined;
    if (number !== undefined && unread.push(number) === 1) recipient.patience = performance.now() + PATIENCE_MS;
    // What has nothing left to send is finished.
    while (replays[0] !== undefined && replays[0].next === undefined) replays.shift()?.onEnd();
    if (replays.length > 0) this.#waiting.set(subscriber, recipient);
  }

  #ask(records: OutgoingRecord[]): number {
    this.#number += 1;
    records.push(new OutgoingRecord(KIND.ping, this.#number));
    return this.#number;
  }

  #pack(subscriber: string, replay: Replay): Packet {
    const records: OutgoingRecord[] = [];
    let recordBytes = 0;
    let messages = 0;
    while (replay.next !== undefined && records.length < PORTION_MESSAGES) {
      const { next } = replay;
      recordBytes += checkRecordLimits(next) + (next.body?.length ?? 0);
      if (records.length > 0 && recordBytes > this.#portionBytes) break;
      replay.next = replay.records.next().value;
      records.push(next);
      if (next.kind === KIND.message) messages += 1;
    }
    const number = replay.next === undefined ? undefined : this.#ask(records);
    const topic = Buffer.from(inboxOf(subscriber));
    const frames = [topic, ...packRecords(records, this.#settings.packets, topic)];
    return { number, frames, bytes: frames.reduce((bytes, { byteLength }) => bytes + byteLength, 0), messages };
  }
}

/** What a subscriber is sent of these topics, one after the other. */
function* recordsOf(topics: readonly KeptOfTopic[]): Generator<OutgoingRecord, undefined> {
  for (const { topic, start, messages } of topics) {
    if (start !== undefined) yield new OutgoingRecord(KIND.announce, start, topic);
    for (const { sequence, codec, body, headers } of messages) {
      const record = new OutgoingRecord(KIND.message, sequence, topic, headers);
      record.codec = codec;
      record.body = body;
      yield record;
    }
  }
  return undefined;
}
