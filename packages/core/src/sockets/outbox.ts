import { ConnectionError } from '../errors/error-classes.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';
import { messageOf } from '../errors/wire-error.js';
import { LinkedQueue } from '../timing/linked-queue.js';
import type { Serializer } from '../contract/serializer.js';
import type { What } from '../serializers/guarded.js';
import { BodyEncoder } from '../wire/native/body-encoder.js';
import type { OutgoingRecord } from '../wire/native/outgoing-record.js';
import { isControl } from '../wire/native/format.js';
import { packRecords, type PacketSettings } from '../wire/native/packer.js';
import type { OutboxPolicy } from './endpoint-options.js';
import type { Frame } from './open-socket.js';
import type { Outgoing } from './outgoing.js';
import { isBusy, isPeerGone } from './socket-error.js';

/** What an outbox needs to know. */
export interface OutboxSettings {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly policy: OutboxPolicy;
  /** Whom the messages are for, in messages of errors. */
  readonly to: string;
  /** Whether {@link send} waits a while for room by itself before it gives up with `EAGAIN`. */
  readonly waitsForRoom: boolean;
  /** How packets are made, where the messages are records of the native dialect. */
  readonly packets: PacketSettings;
  /** How many records travel together at most. Asked for each packet. */
  recordsTogether(): number;
  /** The largest body that is sent. */
  readonly maxMessageBytes: number;
  /** Hands a message to libzmq. */
  send(frames: Frame[]): Promise<void>;
  /** Whether somebody is there to send to. While nobody is, messages wait here, where they can be taken back. */
  isOpen(): boolean;
  onSent(outgoing: Outgoing): void;
  onDropped(reason: DropReason, outgoing: Outgoing): void;
}

/** Why an outbox dropped a message. */
export type DropReason = 'outbox-full' | 'peer-gone';

const NOTHING: readonly Outgoing[] = [];

/** After so many messages in a row, the event loop gets its turn. */
const BURST = 128;
/** Bytes from which on a packet is full at the latest: what follows it is not held up for long, and neither is its reader. */
const PACKET_BYTES = 64 * 1_024;
/** Where even a message may not be large, a packet is much smaller: its text may have three bytes for each character, and is not all. */
const SMALLEST_SHARE = 8;
/** As long as fewer packets wait than these, a sender is not held up. */
const PACKETS_AHEAD = 16;
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 16;

/**
 * Where messages wait until libzmq takes them: in order, bounded, and possible to take back until the last moment.
 * It knows one peer, or a socket that has just one queue.
 */
export class Outbox {
  readonly #settings: OutboxSettings;
  readonly #queue = new LinkedQueue<Outgoing>();
  readonly #bodies = new BodyEncoder();
  /** Where even a small message is too large, a packet of many must not be. */
  readonly #packetBytes: number;
  /** What is being handed over. */
  #batch: Outgoing[] = [];
  #flushing = false;
  /** Messages handed to libzmq so far. */
  #sent = 0;
  #messages = 0;
  #bytes = 0;
  #pumping = false;
  #closed = false;
  #gone = false;
  #pause: NodeJS.Timeout | undefined;
  #resume: (() => void) | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
    this.#packetBytes = Math.min(PACKET_BYTES, settings.maxMessageBytes / SMALLEST_SHARE);
  }

  /** Messages that wait, the one that is being handed over included. */
  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a message that is added now leaves soon: somebody takes what is sent, and little waits. */
  get isFlowing(): boolean {
    return (
      this.#isOpen &&
      this.#messages < PACKETS_AHEAD * this.#settings.recordsTogether() &&
      this.#bytes < PACKETS_AHEAD * this.#packetBytes
    );
  }

  /** Whether there is no place for a message, so that it need not be encoded: {@link add} is going to fail or drop it. */
  refuses(bytes = 0): boolean {
    const { policy } = this.#settings;
    return this.#closed || ((policy === 'reject' || policy === 'drop-newest') && this.#isFull(bytes));
  }

  /**
   * Encodes the body of a record that is about to be added.
   * @returns about how many bytes the body has
   * @throws SerializationError ENCODE
   */
  encode(record: OutgoingRecord, serializer: Serializer, value: unknown, what: What, factsBytes = 0): number {
    const limit = { records: this.#settings.recordsTogether(), bytes: this.#packetBytes };
    return this.#bodies.encode(record, serializer, value, limit, what, factsBytes);
  }

  /** Takes a message in, or fails it, as the policy says. */
  add(outgoing: Outgoing): void {
    const { policy, to } = this.#settings;
    if (outgoing.failIfAborted()) return;
    if (this.#gone) {
      outgoing.fail(this.#peerGone(outgoing));
      return;
    }
    if (this.#closed) {
      outgoing.fail(new ConnectionError('CLOSED', `${outgoing.describe()} was not sent: the connection is closed`));
      return;
    }
    if (policy !== 'wait' && !isAboutConnection(outgoing) && this.#isFull(outgoing.bytes)) {
      if (policy === 'reject') {
        outgoing.fail(this.#full(to));
        return;
      }
      if (policy === 'drop-newest') {
        this.#drop(outgoing);
        return;
      }
      let oldest = this.#queue.first;
      while (oldest !== undefined && this.#isFull(outgoing.bytes)) {
        const { queueNext } = oldest;
        if (!isAboutConnection(oldest)) this.#drop(oldest);
        oldest = queueNext;
      }
    }
    outgoing.phase = 'queued';
    outgoing.outbox = this;
    this.#queue.append(outgoing);
    this.#count(outgoing, 1);
    if (!this.#pumping) this.#flushSoon();
  }

  /** Gives a message that waits here back, as if it had never been added. */
  withdraw(outgoing: Outgoing): void {
    this.taken(outgoing);
    outgoing.phase = 'new';
    outgoing.outbox = undefined;
  }

  /** A message that waited here has ended for another reason. Called by the message. */
  taken(outgoing: Outgoing): void {
    this.#queue.remove(outgoing);
    this.#count(outgoing, -1);
  }

  /** Sends what waits now, instead of at the end of the turn: nothing is to join it soon. */
  flush(): void {
    if (this.#messages > 0) void this.#pump();
  }

  /** Says that somebody is there now, or that there may be room again. */
  wake(): void {
    this.#resume?.();
    void this.#pump();
  }

  /** Resolves when nothing waits any more. */
  empty(): Promise<void> {
    if (this.#messages === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#onEmpty;
      this.#onEmpty = () => {
        before?.();
        resolve();
      };
    });
  }

  /** Takes nothing more, and fails what waits with `CLOSED`, `not-sent`. */
  close(): void {
    this.#closed = true;
    this.#resume?.();
    this.failAll(
      (outgoing) => new ConnectionError('CLOSED', `${outgoing.describe()} was not sent: the connection was closed`),
    );
  }

  /** The peer is gone for good: what waits for it is dropped. */
  dropAll(): void {
    this.#closed = true;
    this.#gone = true;
    this.#resume?.();
    this.failAll((outgoing) => this.#peerGone(outgoing));
  }

  /** Fails what waits, and goes on. */
  failAll(errorFor: (outgoing: Outgoing) => ConnectionError): void {
    for (let first = this.#queue.first; first !== undefined; first = this.#queue.first) first.fail(errorFor(first));
  }

  #isFull(moreBytes: number): boolean {
    const { maxMessages, maxBytes } = this.#settings;
    return this.#messages >= maxMessages || (this.#messages > 0 && this.#bytes + moreBytes > maxBytes);
  }

  #drop(outgoing: Outgoing): void {
    this.#settings.onDropped('outbox-full', outgoing);
    outgoing.drop(this.#full(this.#settings.to));
  }

  #full(to: string): ConnectionError {
    const what = `the outbox to ${to} is full (${String(this.#messages)} messages, ${String(this.#bytes)} bytes): the other side takes less than is sent. Send less, raise outbox.maxMessages and outbox.maxBytes, or use outbox.policy 'wait'`;
    return withoutStack(() => new ConnectionError('BACKPRESSURE', what));
  }

  #peerGone(outgoing: Outgoing): ConnectionError {
    if (!isAboutConnection(outgoing)) this.#settings.onDropped('peer-gone', outgoing);
    const what = `${outgoing.describe()} was not sent: the peer is gone`;
    return withoutStack(() => new ConnectionError('UNREACHABLE', what));
  }

  #count(outgoing: Outgoing, sign: 1 | -1): void {
    this.#messages += sign;
    this.#bytes += sign * outgoing.bytes;
    if (this.#messages > 0) return;
    this.#onEmpty?.();
    this.#onEmpty = undefined;
  }

  /**
   * Records leave when a packet is full, or when this turn of the event loop ends: `process.nextTick` runs behind all that its microtasks add.
   * A classic message has no company to wait for.
   */
  #flushSoon(): void {
    if (this.#queue.first?.frames !== undefined || this.#isPacketFull) {
      void this.#pump();
    } else if (!this.#flushing) {
      this.#flushing = true;
      process.nextTick(this.#onTurnEnd);
    }
  }

  readonly #onTurnEnd = (): void => {
    this.#flushing = false;
    void this.#pump();
  };

  get #isPacketFull(): boolean {
    return this.#messages >= this.#settings.recordsTogether() || this.#bytes >= this.#packetBytes;
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    let pauseMs = FIRST_PAUSE_MS;
    try {
      while (this.#isOpen) {
        let batch = NOTHING;
        try {
          const frames = this.#take();
          batch = this.#batch;
          if (frames === undefined) break;
          await this.#settings.send(frames);
          pauseMs = FIRST_PAUSE_MS;
          for (const outgoing of batch) this.#handedOver(outgoing);
          this.#sent += 1;
          if (this.#sent % BURST === 0) await new Promise((resolve) => setImmediate(resolve));
          if (this.#queue.first?.record !== undefined && !this.#isPacketFull) break;
        } catch (error) {
          if (isBusy(error) && this.#takeBack(batch)) {
            if (this.#settings.waitsForRoom) continue;
            await this.#pauseFor(pauseMs);
            pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
          } else if (!isBusy(error)) {
            for (const outgoing of this.#batch) this.#refused(outgoing, error);
          }
        }
      }
    } finally {
      this.#pumping = false;
    }
    if (this.#queue.first !== undefined && this.#isOpen) this.#flushSoon();
  }

  get #isOpen(): boolean {
    return !this.#closed && this.#settings.isOpen();
  }

  /** Takes off the queue what travels together, and makes a message of it: one classic message, or a packet of records. */
  #take(): Frame[] | undefined {
    const { first } = this.#queue;
    if (first === undefined) return undefined;
    const batch: Outgoing[] = [];
    this.#batch = batch;
    if (first.record === undefined) {
      this.#hand(first, batch);
      return first.frames ?? [];
    }
    const { topic } = first.record;
    const records: OutgoingRecord[] = [];
    const most = this.#settings.recordsTogether();
    const now = performance.now();
    let bytes = 0;
    for (let next: Outgoing | undefined = first; next?.record !== undefined; next = this.#queue.first) {
      const { record } = next;
      if (record.topic !== topic) break;
      const isFull = records.length >= most || bytes >= this.#packetBytes;
      if (isFull && (record.block === undefined || record.block !== records.at(-1)?.block)) break;
      next.beforeHandOver?.(now);
      this.#hand(next, batch);
      records.push(record);
      bytes += next.bytes;
    }
    if (topic === undefined) return packRecords(records, this.#settings.packets);
    const topicFrame = Buffer.from(topic);
    return [topicFrame, ...packRecords(records, this.#settings.packets, topicFrame)];
  }

  #hand(outgoing: Outgoing, batch: Outgoing[]): void {
    this.#queue.remove(outgoing);
    outgoing.phase = 'handing';
    batch.push(outgoing);
  }

  #handedOver(outgoing: Outgoing): void {
    this.#count(outgoing, -1);
    this.#settings.onSent(outgoing);
    if (outgoing.phase !== 'handing') return;
    outgoing.phase = 'handed';
    outgoing.onHandedOver();
  }

  /** Puts messages that libzmq did not take back in front. @returns false if nobody wants any of them sent any more. */
  #takeBack(batch: readonly Outgoing[]): boolean {
    let isWanted = false;
    for (let index = batch.length - 1; index >= 0; index -= 1) {
      const outgoing = batch[index];
      if (outgoing === undefined) continue;
      if (outgoing.phase !== 'handing') {
        this.#count(outgoing, -1);
        continue;
      }
      isWanted = true;
      outgoing.phase = 'queued';
      this.#queue.prepend(outgoing);
      if (!this.#closed) continue;
      outgoing.fail(
        this.#gone
          ? this.#peerGone(outgoing)
          : new ConnectionError('CLOSED', `${outgoing.describe()} was not sent: the connection was closed`),
      );
    }
    return isWanted;
  }

  #refused(outgoing: Outgoing, error: unknown): void {
    this.#count(outgoing, -1);
    if (outgoing.phase !== 'handing') return;
    outgoing.phase = 'new';
    if (error instanceof LiberZMQError) {
      outgoing.fail(error);
    } else if (isPeerGone(error)) {
      outgoing.fail(this.#peerGone(outgoing));
    } else {
      outgoing.fail(
        new ConnectionError(
          this.#closed ? 'CLOSED' : 'UNREACHABLE',
          `${outgoing.describe()} was not sent: ${messageOf(error)}`,
          { cause: error },
        ),
      );
    }
  }

  async #pauseFor(ms: number): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
      this.#pause = setTimeout(resolve, ms);
    });
    clearTimeout(this.#pause);
    this.#resume = undefined;
  }
}

/** Of these there may be very many a second, and where in this library they were made says nothing. */
function withoutStack<T>(make: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Few and small, and what keeps the connection going: no policy applies to these. */
function isAboutConnection({ record }: Outgoing): boolean {
  return record !== undefined && isControl(record.kind);
}
