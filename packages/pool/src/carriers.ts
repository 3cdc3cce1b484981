import type { Client, RequestOptions } from '@liberzmq/core';
import type { Lease } from './lease.js';

/** Where connections come from, and who waits for them. */
export interface CarriersOwner {
  /** Whether anything is lent at the moment. */
  readonly isLending: boolean;
  /** How many wait for a connection of their own, and for carriers. */
  readonly waiting: number;
  tryAcquire(): Lease<Client> | undefined;
  acquire(signal: AbortSignal): Promise<Lease<Client>>;
  /** Makes one more, if there is room. */
  grow(): void;
  /** There may be a carrier where there was none before. */
  onCarrier(): void;
  /** What was asked for will not come. */
  onNone(error: unknown): void;
}

/** A connection that carries requests of many. */
export class Carrier {
  readonly lease: Lease<Client>;
  readonly #client: Client;
  readonly #onEmpty: (carrier: Carrier) => void;
  #inFlight = 0;

  /** @param onEmpty told when it has no requests any more. */
  constructor(lease: Lease<Client>, onEmpty: (carrier: Carrier) => void) {
    this.lease = lease;
    this.#client = lease.value;
    this.#onEmpty = onEmpty;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  send(action: string, data: unknown, options: RequestOptions | undefined): Promise<unknown> {
    this.#inFlight += 1;
    const answer = this.#client.sendRequest(action, data, options);
    answer.then(this.#done, this.#done);
    return answer;
  }

  readonly #done = (): void => {
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#onEmpty(this);
  };
}

/**
 * The connections that carry requests of many at once. The pool lends each of them to the carriers like to anybody else, so whoever wants one alone
 * waits in the same line; and while somebody does, no carrier takes more requests, so that one of them comes back.
 */
export class Carriers {
  readonly #most: number;
  readonly #owner: CarriersOwner;
  readonly #carriers = new Set<Carrier>();
  #asking: AbortController | undefined;

  /** @param most how many requests one takes before another one is wanted. */
  constructor(most: number, owner: CarriersOwner) {
    this.#most = most;
    this.#owner = owner;
  }

  /** Requests that are under way. */
  get inFlight(): number {
    let sum = 0;
    for (const { inFlight } of this.#carriers) sum += inFlight;
    return sum;
  }

  /** Whether one was asked for and has not come. */
  get isAsking(): boolean {
    return this.#asking !== undefined;
  }

  /**
   * The carrier with the fewest requests; a connection that nobody uses if that one has its part already, or there is none. `undefined`: there is no connection
   * at the moment, see {@link ask}. What travels on one connection travels together, and so they are not spread further than need be.
   */
  pick(): Carrier | undefined {
    if (!this.#owner.isLending) return undefined;
    const best = this.#leastBusy();
    if (best !== undefined && best.inFlight < this.#most) return best;
    const unused = this.#owner.tryAcquire();
    if (unused !== undefined) return this.#add(unused);
    if (best !== undefined) this.#owner.grow();
    return best;
  }

  /** Asks for one, unless that has been done. */
  ask(): void {
    if (this.#asking !== undefined) return;
    const asking = new AbortController();
    this.#asking = asking;
    this.#owner.acquire(asking.signal).then(
      (lease) => {
        this.#asking = undefined;
        const carrier = this.#add(lease);
        this.#owner.onCarrier();
        if (carrier.inFlight === 0) this.#giveBack(carrier);
      },
      (error: unknown) => {
        if (this.#asking !== asking) return;
        this.#asking = undefined;
        this.#owner.onNone(error);
      },
    );
  }

  /** Nobody needs the one that was asked for. */
  stopAsking(): void {
    const asking = this.#asking;
    this.#asking = undefined;
    asking?.abort();
  }

  #leastBusy(): Carrier | undefined {
    const others = this.#owner.waiting - (this.isAsking ? 1 : 0);
    if (others > 0) return undefined;
    let best: Carrier | undefined;
    for (const carrier of this.#carriers) {
      if ((best === undefined || carrier.inFlight < best.inFlight) && !carrier.lease.isSpent) best = carrier;
    }
    return best;
  }

  #add(lease: Lease<Client>): Carrier {
    const carrier = new Carrier(lease, this.#giveBack);
    this.#carriers.add(carrier);
    return carrier;
  }

  readonly #giveBack = (carrier: Carrier): void => {
    if (!this.#carriers.delete(carrier)) return;
    if (carrier.lease.isHeld) carrier.lease.release();
    this.#owner.onCarrier();
  };
}
