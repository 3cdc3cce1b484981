import type { Endpoint } from './endpoint.js';

/** How long connecting to a member may take as long as there are others, in ms. */
const CONNECT_MS = 1_500;

/** The members of the cluster that are known, and which of them is used. */
export class Endpoints {
  readonly #row: readonly Endpoint[];
  #index = 0;

  constructor(row: readonly Endpoint[]) {
    this.#row = row;
  }

  get current(): Endpoint {
    return this.#row[this.#index] as Endpoint;
  }

  /** How long connecting to one may take, in ms, where so many are left to be tried after it. */
  connectMs(left: number): number {
    return left > 0 ? CONNECT_MS : Infinity;
  }

  /** How many there are beside the one that is used. */
  get others(): number {
    return this.#row.length - 1;
  }

  /** Each of them once, beginning with the one that is used. */
  inTurn(): readonly Endpoint[] {
    return [...this.#row.slice(this.#index), ...this.#row.slice(0, this.#index)];
  }

  /** One has failed: the next one is used from now on, unless another one is by now. */
  leave(failed: Endpoint): void {
    if (failed === this.current) this.#index = (this.#index + 1) % this.#row.length;
  }

  close(): void {
    for (const endpoint of this.#row) endpoint.close();
  }
}
