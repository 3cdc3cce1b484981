import type { Client, RequestOptions } from '@liberzmq/core';
import type { Lease } from './lease.js';
import { isSilence } from './silence.js';

/** Where connections come from. */
export interface CarriersOwner {
  /** Whether requests are sent at the moment. */
  readonly isSending: boolean;
  /** How many wait for a connection alone. */
  readonly others: number;
  /** Whether more will be there soon. */
  readonly isMoreComing: boolean;
  lendNow(): Lease<Client> | undefined;
  /** Makes one more for the next ones, if there is room. */
  grow(): void;
  /** A carrier has come back, so that another one may take its place in the line. */
  onGivenBack(): void;
}

/** So many requests in a row without an answer, and it gets no more until it was checked. */
const MOST_SILENCES = 3;

/** A connection that carries requests of many. */
export class Carrier {
  readonly lease: Lease<Client>;
  readonly #client: Client;
  readonly #onEmpty: (carrier: Carrier) => void;
  #inFlight = 0;
  #silences = 0;

  /** @param onEmpty told when it has no requests any more. */
  constructor(lease: Lease<Client>, onEmpty: (carrier: Carrier) => void) {
    this.lease = lease;
    this.#client = lease.value;
    this.#onEmpty = onEmpty;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether it may be given more. */
  get isUsable(): boolean {
    return this.#silences < MOST_SILENCES && !this.lease.isSpent;
  }

  send(action: string, data: unknown, options: RequestOptions | undefined): Promise<unknown> {
    this.#inFlight += 1;
    const answer = this.#client.sendRequest(action, data, options);
    answer.then(this.#answered, this.#failed);
    return answer;
  }

  readonly #answered = (): void => {
    this.#silences = 0;
    this.#done();
  };

  readonly #failed = (error: unknown): void => {
    if (isSilence(error)) this.#silences += 1;
    else this.#silences = 0;
    this.#done();
  };

  #done(): void {
    this.#inFlight -= 1;
    if (this.#inFlight > 0) return;
    if (this.#silences > 0) this.lease.doubt();
    this.#onEmpty(this);
  }
}

/**
 * The connections that carry requests of many at once. The pool lends each of them to the carriers like to anybody else, so whoever wants one alone
 * waits in the same line; and while somebody does, no carrier takes more requests, so that one of them comes back.
 */
export class Carriers {
  readonly #most: number;
  readonly #owner: CarriersOwner;
  readonly #carriers = new Set<Carrier>();

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

  /**
   * The carrier with the fewest requests; a connection that nobody uses if that one has its part already, or there is none. `undefined`: there is no connection
   * at the moment. What travels on one connection travels together, and so they are not spread further than need be.
   * @param mayWait whether to wait for connections that are on their way, rather than to give one more than its part.
   */
  pick(mayWait: boolean): Carrier | undefined {
    if (!this.#owner.isSending) return undefined;
    const best = this.#owner.others > 0 ? undefined : this.#leastBusy();
    if (best !== undefined && best.inFlight < this.#most) return best;
    const unused = this.#owner.lendNow();
    if (unused !== undefined) return this.add(unused);
    if (best === undefined) return undefined;
    this.#owner.grow();
    return mayWait && this.#owner.isMoreComing ? undefined : best;
  }

  /** Makes a carrier of a connection that was lent. */
  add(lease: Lease<Client>): Carrier {
    const carrier = new Carrier(lease, this.#giveBack);
    this.#carriers.add(carrier);
    return carrier;
  }

  /** Whether one has its part of requests, and is to have no more as long as there are others. */
  isFull({ inFlight }: Carrier): boolean {
    return inFlight >= this.#most;
  }

  /** Gives one back that has nothing to carry. */
  giveBackIfUnused(carrier: Carrier): void {
    if (carrier.inFlight === 0) this.#giveBack(carrier);
  }

  #leastBusy(): Carrier | undefined {
    let best: Carrier | undefined;
    for (const carrier of this.#carriers) {
      if ((best === undefined || carrier.inFlight < best.inFlight) && carrier.isUsable) best = carrier;
    }
    return best;
  }

  readonly #giveBack = (carrier: Carrier): void => {
    if (!this.#carriers.delete(carrier)) return;
    if (carrier.lease.isHeld) carrier.lease.release();
    this.#owner.onGivenBack();
  };
}
