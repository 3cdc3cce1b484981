import type { AbortSource } from '../timing/on-abort.js';
import { Outgoing } from './outgoing.js';

/** A one-way message on its way out. Its promise resolves when libzmq has taken it. */
export class SendOperation extends Outgoing {
  protected readonly lateWords = 'was not taken by the transport';
  readonly promise: Promise<void>;
  readonly #description: string;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;

  /** @param description what it is, for messages of errors: `task 'resize' to tcp://127.0.0.1:5557`. */
  constructor(description: string, timeoutMs: number, signals: readonly AbortSource[]) {
    super(timeoutMs, performance.now() + timeoutMs, signals);
    this.#description = description;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  describe(): string {
    return this.#description;
  }

  onHandedOver(): void {
    if (this.end()) this.#resolve();
  }

  /** Who chose a policy that drops has said not to mind: the drop is counted and reported, and the send is done. */
  override drop(): void {
    if (this.end()) this.#resolve();
  }

  protected onFailed(error: unknown): void {
    this.#reject(error);
  }
}
