import { deadlines } from '../timing/deadline-wheel.js';
import type { AbortSource } from '../timing/on-abort.js';
import { Outgoing } from './outgoing.js';

/** Who hears of sends that failed. */
export interface SendOwner {
  /** A send was rejected. */
  onSendFailed(error: unknown, operation: Outgoing): void;
  /** A message is lost whose send had resolved already. */
  onSendLost(operation: { describe(): string }): void;
}

/** A one-way message on its way out. Its promise resolves with a value when libzmq has taken it, or when it is {@link accept}ed. */
export class SendOperation<T = void> extends Outgoing {
  readonly promise: Promise<T>;
  readonly #description: () => string;
  readonly #value: T;
  readonly #owner: SendOwner | undefined;
  #isAccepted = false;
  #isDropped = false;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;

  /**
   * @param description what it is, for messages of errors: `task 'resize' to tcp://127.0.0.1:5557`.
   * @param value what its promise resolves with.
   */
  constructor(
    description: () => string,
    timeoutMs: number,
    signals: readonly AbortSource[],
    value: T,
    owner?: SendOwner,
  ) {
    super(timeoutMs, timeoutMs === Infinity ? Infinity : performance.now() + timeoutMs, signals);
    this.#description = description;
    this.#value = value;
    this.#owner = owner;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  protected get lateWords(): string {
    return 'was not taken by the transport';
  }

  describe(): string {
    return this.#description();
  }

  /** Whoever sends need not wait: it is about to leave. From now on it cannot be taken back. */
  accept(): void {
    if (this.isOver) return;
    this.#isAccepted = true;
    deadlines.remove(this);
    this.stopListening();
    this.#resolve(this.#value);
  }

  onHandedOver(): void {
    if (this.end()) this.#resolve(this.#value);
  }

  /** Who chose a policy that drops has said not to mind: the drop is counted and reported, and the send is done. */
  override drop(): void {
    this.#isDropped = !this.isOver;
    if (this.end()) this.#resolve(this.#value);
  }

  /** Why it was dropped, if it was: a middleware says so itself. */
  get droppedAs(): string | undefined {
    return this.#isDropped ? 'outbox-full' : undefined;
  }

  protected onFailed(error: unknown): void {
    if (this.#isAccepted) {
      this.#owner?.onSendLost(this);
    } else {
      this.#owner?.onSendFailed(error, this);
      this.#reject(error);
    }
  }
}
