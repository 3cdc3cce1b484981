import type { RequestBudget } from '../service/request-budget.js';
import { IdTable } from './id-table.js';
import { PendingRequest, type PendingOwner } from './pending-request.js';

/** V8 has smaller and faster numbers up to here. */
const LARGEST_ID = 0x3fff_ffff;

/** The requests of a client that have not settled, by id, from the oldest on. */
export class PendingRequests implements PendingOwner, Iterable<PendingRequest> {
  readonly #requests = new IdTable<PendingRequest>();
  readonly #peer: string;
  readonly #onFailed: (request: PendingRequest, failure: unknown) => void;
  #lastId = 0;
  #onEmpty: (() => void) | undefined;

  /**
   * @param peer whom they are for, in messages of errors.
   * @param onFailed told of each that fails.
   */
  constructor(peer: string, onFailed: (request: PendingRequest, failure: unknown) => void) {
    this.#peer = peer;
    this.#onFailed = onFailed;
  }

  get size(): number {
    return this.#requests.size;
  }

  /** A new request. From here on it has its time limit and its signals, wherever it is. */
  add(action: string, budget: RequestBudget): PendingRequest {
    const request = new PendingRequest(this.#newId(), action, this.#peer, budget, this);
    this.#requests.set(request);
    return request;
  }

  find(id: number): PendingRequest | undefined {
    return this.#requests.get(id);
  }

  onOver(request: PendingRequest, failure: unknown): void {
    this.#requests.delete(request.id);
    request.operation?.end(failure);
    if (failure !== undefined) this.#onFailed(request, failure);
    if (this.#requests.size === 0) this.#onEmpty?.();
  }

  /** Resolves when all have settled. */
  empty(): Promise<void> {
    if (this.#requests.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  [Symbol.iterator](): IterableIterator<PendingRequest> {
    const age = ({ id }: PendingRequest): number => (this.#lastId - id + LARGEST_ID) % LARGEST_ID;
    return [...this.#requests].sort((one, other) => age(other) - age(one)).values();
  }

  #newId(): number {
    do this.#lastId = this.#lastId === LARGEST_ID ? 1 : this.#lastId + 1;
    while (this.#requests.get(this.#lastId) !== undefined);
    return this.#lastId;
  }
}
