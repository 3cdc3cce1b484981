import { ConnectionError } from '../errors/error-classes.js';
import { messageOf } from '../errors/wire-error.js';
import { LinkedQueue } from '../timing/linked-queue.js';
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
  /** Hands a message to libzmq. */
  send(frames: Frame[]): Promise<void>;
  /** Whether somebody is there to send to. While nobody is, messages wait here, where they can be taken back. */
  isOpen(): boolean;
  onSent(outgoing: Outgoing): void;
  onDropped(reason: DropReason, outgoing: Outgoing): void;
}

/** Why an outbox dropped a message. */
export type DropReason = 'outbox-full' | 'peer-gone';

/** After so many messages in a row, the event loop gets its turn. */
const BURST = 128;
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 16;

/**
 * Where messages wait until libzmq takes them: in order, bounded, and possible to take back until the last moment.
 * It knows one peer, or a socket that has just one queue.
 */
export class Outbox {
  readonly #settings: OutboxSettings;
  readonly #queue = new LinkedQueue<Outgoing>();
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
  }

  /** Messages that wait, the one that is being handed over included. */
  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
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
    if (policy !== 'wait' && this.#isFull(outgoing.bytes)) {
      if (policy === 'reject') {
        outgoing.fail(this.#full(to));
        return;
      }
      if (policy === 'drop-newest') {
        this.#drop(outgoing);
        return;
      }
      while (this.#queue.first !== undefined && this.#isFull(outgoing.bytes)) this.#drop(this.#queue.first);
    }
    outgoing.phase = 'queued';
    outgoing.outbox = this;
    this.#queue.append(outgoing);
    this.#count(outgoing, 1);
    void this.#pump();
  }

  /** A message that waited here has ended for another reason. Called by the message. */
  taken(outgoing: Outgoing): void {
    this.#queue.remove(outgoing);
    this.#count(outgoing, -1);
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
    return new ConnectionError(
      'BACKPRESSURE',
      `the outbox to ${to} is full (${String(this.#messages)} messages, ${String(this.#bytes)} bytes): the other side takes less than is sent. Send less, raise outbox.maxMessages and outbox.maxBytes, or use outbox.policy 'wait'`,
    );
  }

  #peerGone(outgoing: Outgoing): ConnectionError {
    this.#settings.onDropped('peer-gone', outgoing);
    return new ConnectionError('UNREACHABLE', `${outgoing.describe()} was not sent: the peer is gone`);
  }

  #count(outgoing: Outgoing, sign: 1 | -1): void {
    this.#messages += sign;
    this.#bytes += sign * outgoing.bytes;
    if (this.#messages > 0) return;
    this.#onEmpty?.();
    this.#onEmpty = undefined;
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    let sent = 0;
    let pauseMs = FIRST_PAUSE_MS;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        this.#queue.remove(next);
        next.phase = 'handing';
        try {
          await this.#settings.send(next.frames);
          pauseMs = FIRST_PAUSE_MS;
          this.#handedOver(next);
          sent += 1;
          if (sent % BURST === 0) await new Promise((resolve) => setImmediate(resolve));
        } catch (error) {
          if (isBusy(error) && this.#takeBack(next)) {
            if (this.#settings.waitsForRoom) continue;
            await this.#pauseFor(pauseMs);
            pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
          } else {
            this.#refused(next, error);
          }
        }
      }
    } finally {
      this.#pumping = false;
    }
  }

  #next(): Outgoing | undefined {
    return this.#closed || !this.#settings.isOpen() ? undefined : this.#queue.first;
  }

  #handedOver(outgoing: Outgoing): void {
    this.#count(outgoing, -1);
    this.#settings.onSent(outgoing);
    if (outgoing.phase !== 'handing') return;
    outgoing.phase = 'handed';
    outgoing.onHandedOver();
  }

  /** Puts a message that libzmq did not take back in front. @returns false if nobody wants it sent any more. */
  #takeBack(outgoing: Outgoing): boolean {
    if (outgoing.phase !== 'handing') return false;
    outgoing.phase = 'queued';
    this.#queue.prepend(outgoing);
    if (!this.#closed) return true;
    outgoing.fail(
      this.#gone
        ? this.#peerGone(outgoing)
        : new ConnectionError('CLOSED', `${outgoing.describe()} was not sent: the connection was closed`),
    );
    return true;
  }

  #refused(outgoing: Outgoing, error: unknown): void {
    this.#count(outgoing, -1);
    if (outgoing.phase !== 'handing') return;
    outgoing.phase = 'new';
    if (isPeerGone(error)) {
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
