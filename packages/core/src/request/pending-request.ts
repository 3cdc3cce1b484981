import type { RequestBudget } from '../service/request-budget.js';
import { Outgoing } from '../sockets/outgoing.js';

/** A request that waits for its answer. */
export class PendingRequest extends Outgoing {
  protected readonly lateWords = 'got no answer';
  readonly id: number;
  /** May be changed until it is sent. */
  action: string;
  readonly promise: Promise<unknown>;
  readonly #peer: string;
  readonly #onOver: (request: PendingRequest) => void;
  #resolve!: (result: unknown) => void;
  #reject!: (error: unknown) => void;

  /** @param onOver told once, when it settles. */
  constructor(
    id: number,
    action: string,
    peer: string,
    budget: RequestBudget,
    onOver: (request: PendingRequest) => void,
  ) {
    super(budget.timeoutMs, budget.deadline, budget.signals);
    this.id = id;
    this.action = action;
    this.#peer = peer;
    this.#onOver = onOver;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  describe(): string {
    return `request '${this.action}' to ${this.#peer}`;
  }

  onHandedOver(): void {
    // The answer is what settles it.
  }

  succeed(result: unknown): void {
    if (!this.end()) return;
    this.#onOver(this);
    this.#resolve(result);
  }

  protected onFailed(error: unknown): void {
    this.#onOver(this);
    this.#reject(error);
  }
}
