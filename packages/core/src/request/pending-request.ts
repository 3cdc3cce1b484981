import type { RequestBudget } from '../service/request-budget.js';
import type { Operation } from '../diagnostics/operation.js';
import type { End } from '../pipeline/compose.js';
import type { PassingMessage } from '../pipeline/passing-message.js';
import { LIMITS } from '../wire/native/format.js';
import { Outgoing } from '../sockets/outgoing.js';
import type { RequestWatcher } from './request-watcher.js';

/** Who keeps the requests that wait. */
export interface PendingOwner {
  /** The request has settled. @param failure what it was rejected with, if it was */
  onOver(request: PendingRequest, failure: unknown): void;
}

/** A request that waits for its answer. */
export class PendingRequest extends Outgoing implements End {
  readonly id: number;
  /** May be changed until it is sent. */
  action: string;
  /** Of those who want to know what the client does. */
  operation: Operation | undefined = undefined;
  /** What the middleware has of it. */
  message: PassingMessage | undefined = undefined;
  /** Who is told first what becomes of it. */
  watcher: RequestWatcher | undefined = undefined;
  readonly promise: Promise<unknown>;
  readonly #peer: string;
  readonly #deadline: number;
  readonly #owner: PendingOwner;
  #isAnswered = false;
  #resolve!: (result: unknown) => void;
  #reject!: (error: unknown) => void;

  constructor(id: number, action: string, peer: string, budget: RequestBudget, owner: PendingOwner) {
    super(budget.timeoutMs, budget.deadline, budget.signals);
    this.id = id;
    this.action = action;
    this.#peer = peer;
    this.#deadline = budget.deadline;
    this.#owner = owner;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  protected get lateWords(): string {
    return 'got no answer';
  }

  describe(): string {
    return `request '${this.action}' to ${this.#peer}`;
  }

  /** The other side is told the time that is left now, however long it has waited here. */
  override beforeHandOver(now: number): void {
    if (this.record === undefined || this.#deadline === Infinity) return;
    const left = Math.max(1, Math.ceil(this.#deadline - now));
    this.record.timeLeftMs = left > LIMITS.number ? undefined : left;
  }

  onHandedOver(): void {
    // The answer is what settles it.
  }

  /** Its reply has come through the middleware. */
  passed({ body }: PassingMessage): void {
    this.succeed(body);
  }

  succeed(result: unknown): void {
    if (!this.end()) return;
    this.#owner.onOver(this, undefined);
    this.watcher?.succeeded();
    this.#resolve(result);
  }

  /** The server has answered with an error. */
  refuse(error: unknown): void {
    this.#isAnswered = true;
    this.fail(error);
  }

  protected onFailed(error: unknown): void {
    this.#owner.onOver(this, error);
    const instead = this.watcher?.failed(error, this.#isAnswered);
    if (instead === undefined) this.#reject(error);
    else this.#resolve(instead);
  }
}
