import { ConnectionError } from '../errors/error-classes.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';
import { messageOf } from '../errors/wire-error.js';
import { withoutStack } from '../errors/without-stack.js';
import type { Serializer } from '../contract/serializer.js';
import type { What } from '../serializers/guarded.js';
import { BodyEncoder, type PacketLimit } from '../wire/native/body-encoder.js';
import type { OutgoingRecord } from '../wire/native/outgoing-record.js';
import { isControl } from '../wire/native/format.js';
import type { OutboxPolicy } from './endpoint-options.js';
import { OutboxPump, type PumpSettings } from './outbox-pump.js';
import { OutboxQueue } from './outbox-queue.js';
import type { Outgoing } from './outgoing.js';
import { isPeerGone } from './socket-error.js';

/** What an outbox needs to know. */
export interface OutboxSettings extends PumpSettings {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly policy: OutboxPolicy;
  /** Whom the messages are for, in messages of errors. */
  readonly to: string;
  /** @param messages how many of it. */
  onDropped(reason: DropReason, outgoing: Outgoing, messages: number): void;
}

/** Why an outbox dropped a message. */
export type DropReason = 'outbox-full' | 'peer-gone';

/**
 * Where messages wait until libzmq takes them: in order, bounded, and possible to take back until the last moment.
 * It knows one peer, or a socket that has just one queue.
 */
export class Outbox {
  readonly #settings: OutboxSettings;
  readonly #queue = new OutboxQueue();
  readonly #bodies = new BodyEncoder();
  readonly #pump: OutboxPump;
  readonly #limit: PacketLimit;
  #closed = false;
  #gone = false;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
    this.#pump = new OutboxPump(settings, this.#queue, (outgoing, error) => {
      this.#refused(outgoing, error);
    });
    this.#limit = {
      bytes: this.#pump.packetBytes,
      get records() {
        return settings.recordsTogether();
      },
    };
  }

  /** Messages that wait, the one that is being handed over included. */
  get messages(): number {
    return this.#queue.messages;
  }

  get bytes(): number {
    return this.#queue.bytes;
  }

  /** Whether a message that is added now leaves soon: somebody takes what is sent, and little waits. */
  get isFlowing(): boolean {
    return this.#pump.isFlowing;
  }

  /** Whether there is no place for a message, so that it need not be encoded: {@link add} is going to fail or drop it. */
  refuses(bytes = 0): boolean {
    const { policy } = this.#settings;
    return this.#closed || ((policy === 'reject' || policy === 'drop-newest') && this.#isFull(bytes));
  }

  /** Whether it is full, if what is on its way here is counted too. */
  isFullWith(moreMessages: number, moreBytes: number): boolean {
    const { maxMessages, maxBytes } = this.#settings;
    const { messages, bytes } = this.#queue;
    return messages + moreMessages >= maxMessages || (messages + moreMessages > 0 && bytes + moreBytes > maxBytes);
  }

  /** What a message is rejected with that came now, if its policy rejects it whatever it is. */
  get refusal(): ConnectionError | undefined {
    const { policy, to } = this.#settings;
    return policy === 'reject' && !this.#closed && this.#isFull(0) ? this.#full(to) : undefined;
  }

  /** Rejects or drops a message for which there is no place, as the policy says. */
  turnAway(outgoing: Outgoing): void {
    if (this.#settings.policy === 'reject') outgoing.fail(this.#full(this.#settings.to));
    else this.#drop(outgoing);
  }

  /**
   * Encodes the body of a record that is about to be added.
   * @returns about how many bytes the body has
   * @throws SerializationError ENCODE
   */
  encode(record: OutgoingRecord, serializer: Serializer, value: unknown, what: What, factsBytes = 0): number {
    return this.#bodies.encode(record, serializer, value, this.#limit, what, factsBytes);
  }

  /**
   * Adds one more body to the run of records that was added last.
   * @returns false if it cannot be part of it, or if there is no room: then it is a message of its own
   * @throws SerializationError ENCODE
   */
  extend(run: Outgoing, serializer: Serializer, value: unknown): boolean {
    const { record } = run;
    if (record === undefined || !isLast(run) || this.#isFull(0)) return false;
    const bytes = this.#bodies.extend(record, serializer, value, this.#limit, run);
    if (bytes < 0) return false;
    if (!isLast(run)) {
      // While it was encoded, something else was sent.
      this.#bodies.setApart(record, value, bytes);
      return false;
    }
    this.#queue.grow(run, bytes);
    this.#pump.runIfFull();
    return true;
  }

  /** Takes a message in, or fails it, as the policy says. */
  add(outgoing: Outgoing): void {
    const { policy } = this.#settings;
    if (outgoing.failIfAborted()) return;
    if (this.#gone) {
      outgoing.fail(this.#peerGone(outgoing));
      return;
    }
    if (this.#closed) {
      outgoing.fail(closedError(outgoing));
      return;
    }
    if (policy !== 'wait' && !isAboutConnection(outgoing) && this.#isFull(outgoing.bytes)) {
      if (policy !== 'drop-oldest') {
        this.turnAway(outgoing);
        return;
      }
      let oldest = this.#queue.first;
      while (oldest !== undefined && this.#isFull(outgoing.bytes)) {
        const { queueNext } = oldest;
        if (oldest.messages > 1) {
          this.#settings.onDropped('outbox-full', oldest, 1);
          this.#queue.shrink(oldest);
          continue;
        }
        if (!isAboutConnection(oldest)) this.#drop(oldest);
        oldest = queueNext;
      }
    }
    outgoing.phase = 'queued';
    outgoing.outbox = this;
    this.#queue.append(outgoing);
    this.#pump.runSoon();
  }

  /** Gives a message that waits here back, as if it had never been added. */
  withdraw(outgoing: Outgoing): void {
    this.taken(outgoing);
    outgoing.phase = 'new';
    outgoing.outbox = undefined;
  }

  /** Drops what is about a connection that is gone. */
  dropControls(): void {
    for (let next = this.#queue.first; next !== undefined;) {
      const { queueNext } = next;
      if (isAboutConnection(next)) this.withdraw(next);
      next = queueNext;
    }
  }

  /** A message that waited here has ended for another reason. Called by the message. */
  taken(outgoing: Outgoing): void {
    this.#queue.remove(outgoing);
  }

  /** Sends what waits now, instead of at the end of the turn: nothing is to join it soon. */
  flush(): void {
    this.#pump.run();
  }

  /** Says that somebody is there now, or that there may be room again. */
  wake(): void {
    this.#pump.wake();
  }

  /** Resolves when nothing waits any more. */
  empty(): Promise<void> {
    return this.#queue.empty();
  }

  /** Takes nothing more, and fails what waits with `CLOSED`, `not-sent`. */
  close(): void {
    this.#closed = true;
    this.#pump.close();
    this.failAll(closedError);
  }

  /** The peer is gone for good: what waits for it is dropped. */
  dropAll(): void {
    this.#closed = true;
    this.#gone = true;
    this.#pump.close();
    this.failAll((outgoing) => this.#peerGone(outgoing));
  }

  /** Fails what waits, and goes on. */
  failAll(errorFor: (outgoing: Outgoing) => ConnectionError): void {
    for (let first = this.#queue.first; first !== undefined; first = this.#queue.first) first.fail(errorFor(first));
  }

  #isFull(moreBytes: number): boolean {
    return this.isFullWith(0, moreBytes);
  }

  #drop(outgoing: Outgoing): void {
    this.#settings.onDropped('outbox-full', outgoing, outgoing.messages);
    outgoing.drop(this.#full(this.#settings.to));
  }

  #full(to: string): ConnectionError {
    const what = `the outbox to ${to} is full (${String(this.messages)} messages, ${String(this.bytes)} bytes): the other side takes less than is sent. Send less, raise outbox.maxMessages and outbox.maxBytes, or use outbox.policy 'wait'`;
    return withoutStack(() => new ConnectionError('BACKPRESSURE', what));
  }

  #peerGone(outgoing: Outgoing): ConnectionError {
    if (!isAboutConnection(outgoing)) this.#settings.onDropped('peer-gone', outgoing, outgoing.messages);
    const what = `${outgoing.describe()} was not sent: the peer is gone`;
    return withoutStack(() => new ConnectionError('UNREACHABLE', what));
  }

  /** libzmq would not take it, or has not taken it when this was closed. */
  #refused(outgoing: Outgoing, error: unknown): void {
    if (error instanceof LiberZMQError) {
      outgoing.fail(error);
    } else if (this.#gone || isPeerGone(error)) {
      outgoing.fail(this.#peerGone(outgoing));
    } else if (this.#closed) {
      outgoing.fail(closedError(outgoing, error));
    } else {
      const what = `${outgoing.describe()} was not sent: ${messageOf(error)}`;
      outgoing.fail(new ConnectionError('UNREACHABLE', what, { cause: error }));
    }
  }
}

function closedError(outgoing: Outgoing, cause?: unknown): ConnectionError {
  return new ConnectionError('CLOSED', `${outgoing.describe()} was not sent: the connection is closed`, { cause });
}

/** Whether a message waits, and nothing behind it. */
function isLast({ phase, queueNext }: Outgoing): boolean {
  return phase === 'queued' && queueNext === undefined;
}

/** Few and small, and what keeps the connection going: no policy applies to these. */
function isAboutConnection({ record }: Outgoing): boolean {
  return record !== undefined && isControl(record.kind);
}
