import { CancelledError, TimeoutError } from '../errors/error-classes.js';
import type { LiberZMQError } from '../errors/liberzmq-error.js';
import { withoutStack } from '../errors/without-stack.js';
import { Deadline, deadlines } from '../timing/deadline-wheel.js';
import { offAbort, onAbort, type AbortSource } from '../timing/on-abort.js';
import type { QueueLinks } from '../timing/linked-queue.js';
import type { OutgoingRecord } from '../wire/native/outgoing-record.js';
import type { Frame } from './open-socket.js';

/**
 * How far a message has come. `handing` is the moment in which libzmq has been asked to take it and has not answered:
 * nobody can say whether it will, so from then on it counts as having left.
 */
export type Phase = 'new' | 'queued' | 'handing' | 'handed' | 'over';

/** Where a message waits. */
export interface HoldingQueue {
  /** The message has ended while it waited here. */
  taken(outgoing: Outgoing): void;
}

/** A message on its way out, with a time limit and signals that may abort it. It settles once. */
export abstract class Outgoing extends Deadline implements QueueLinks<Outgoing> {
  queueNext: Outgoing | undefined;
  queuePrevious: Outgoing | undefined;
  phase: Phase = 'new';
  /** What is sent in the classic dialect. */
  frames: Frame[] | undefined = undefined;
  /** What is sent in the native dialect. */
  record: OutgoingRecord | undefined = undefined;
  bytes = 0;
  /** Called when it has ended. */
  onOver: (() => void) | undefined;
  /** Where it waits. */
  outbox: HoldingQueue | undefined;
  readonly #timeoutMs: number;
  readonly #signals: readonly AbortSource[];

  constructor(timeoutMs: number, deadline: number, signals: readonly AbortSource[]) {
    super();
    this.#timeoutMs = timeoutMs;
    this.#signals = signals;
    if (deadline !== Infinity) deadlines.add(this, deadline);
    for (const signal of signals) onAbort(signal, this);
  }

  /** How many messages it is. */
  get messages(): number {
    return this.record === undefined || this.record.count === 0 ? 1 : this.record.count;
  }

  /** What it is, for messages of errors: `request 'add' to tcp://127.0.0.1:5556`. */
  abstract describe(): string;

  /** What has not happened to it when the time is up after it has left: `got no answer`. */
  protected abstract get lateWords(): string;

  /** libzmq is about to be asked to take it. @param now on the clock of `performance.now()` */
  beforeHandOver?(now: number): void;

  /** libzmq has taken it. */
  abstract onHandedOver(): void;

  /** It has failed. */
  protected abstract onFailed(error: unknown): void;

  /** Whether libzmq has been asked to take it, so that it may reach the peer. */
  get hasLeft(): boolean {
    return this.phase === 'handing' || this.phase === 'handed';
  }

  /** Whether it has settled. */
  get isOver(): boolean {
    return this.phase === 'over';
  }

  /** @param error one of ours, or what a middleware threw. */
  fail(error: unknown): void {
    if (this.end()) this.onFailed(error);
  }

  /** Its outbox is full, and the policy says that it goes. */
  drop(error: LiberZMQError): void {
    this.fail(error);
  }

  expire(): void {
    const sent = this.hasLeft;
    const why = this.phase === 'new' ? 'a middleware or the serializer still had it' : 'no peer was there to take it';
    const after = `within ${String(Math.round(this.#timeoutMs))} ms`;
    this.fail(
      withoutStack(() =>
        sent
          ? new TimeoutError('TIMEOUT', `${this.describe()} ${this.lateWords} ${after}`)
          : new TimeoutError('TIMEOUT', `${this.describe()} was not sent ${after}: ${why}`, { outcome: 'not-sent' }),
      ),
    );
  }

  /** One of its signals has aborted. */
  onAborted(cause: unknown): void {
    const sent = this.hasLeft;
    this.fail(
      new CancelledError('ABORTED', `${this.describe()} was aborted ${sent ? 'after' : 'before'} it was sent`, {
        outcome: sent ? 'unknown' : 'not-sent',
        cause,
      }),
    );
  }

  /** Whether one of its signals has aborted before it was listened to; then it fails. */
  failIfAborted(): boolean {
    const aborted = this.#signals.find((source) => source.aborted);
    if (aborted !== undefined) this.onAborted(aborted.reason);
    return aborted !== undefined;
  }

  /** Ends it: no deadline, no listener, no place in a queue. @returns false if it had ended already. */
  protected end(): boolean {
    if (this.phase === 'over') return false;
    const { phase } = this;
    this.phase = 'over';
    if (phase === 'queued') this.outbox?.taken(this);
    this.onOver?.();
    deadlines.remove(this);
    this.stopListening();
    return true;
  }

  /** Its signals abort it no longer. */
  protected stopListening(): void {
    for (const signal of this.#signals) offAbort(signal, this);
  }
}
