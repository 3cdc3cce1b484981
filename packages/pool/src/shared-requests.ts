import { AsyncResource } from 'node:async_hooks';
import { TimeoutError, type Client, type RequestOptions } from '@liberzmq/core';
import { closedError, requestBudget, Wait, withTimeLeft } from '@liberzmq/core/requesters';
import { Carriers, type Carrier } from './carriers.js';
import type { Lease } from './lease.js';
import type { PoolState } from './pool-events.js';

/** What shared requests go by. */
export interface SharedRequestsSettings {
  readonly name: string;
  /** The time of a request that names none. */
  readonly timeoutMs: number;
  readonly requestsPerConnection: number;
  readonly acquireTimeoutMs: number;
  readonly maxWaiters: number;
}

/** The pool that has the connections. */
export interface SharedRequestsOwner {
  state(): PoolState;
  /** How many wait in the line. */
  waiting(): number;
  /** How many could be lent without anybody giving one back. */
  room(): number;
  isMoreComing(): boolean;
  lendNow(): Lease<Client> | undefined;
  /** @param onServed told of the lease at once. */
  lend(signal: AbortSignal, onServed: (lease: Lease<Client>) => void): Promise<unknown>;
  grow(count: number): void;
  /** Somebody has waited in vain. @returns what to tell */
  timedOut(waitedMs: number): Error;
  /** Somebody may not wait. @returns what to tell */
  refused(): Error;
}

/** A request that waits for a connection. */
interface Pending {
  readonly wait: Wait<unknown>;
  readonly start: (carrier: Carrier) => Promise<unknown>;
}

/** Requests that share the connections of a pool, and those that wait for one. All of these stand in the pool's line together, as one. */
export class SharedRequests {
  readonly #settings: SharedRequestsSettings;
  readonly #owner: SharedRequestsOwner;
  readonly #carriers: Carriers;
  readonly #pending = new Set<Pending>();
  /** Stands in the line for those that wait. */
  #asking: AbortController | undefined;
  #isStarting = false;

  constructor(settings: SharedRequestsSettings, owner: SharedRequestsOwner) {
    this.#settings = settings;
    this.#owner = owner;
    const others = (): number => owner.waiting() - (this.#asking === undefined ? 0 : 1);
    this.#carriers = new Carriers(settings.requestsPerConnection, {
      get isSending() {
        return owner.state() !== 'suspended';
      },
      get others() {
        return others();
      },
      get isMoreComing() {
        return owner.isMoreComing();
      },
      lendNow: () => owner.lendNow(),
      grow: () => {
        owner.grow(1);
      },
      onGivenBack: () => {
        this.goOn();
      },
    });
  }

  /** Requests that are under way. */
  get inFlight(): number {
    return this.#carriers.inFlight;
  }

  /** Requests that wait, beside the one of them that stands in the line. */
  get waiting(): number {
    return this.#pending.size - (this.#asking === undefined ? 0 : 1);
  }

  /** Sends a request on one of the connections, as soon as there is one. Never throws at once. */
  send(action: string, data: unknown, options: RequestOptions | undefined): Promise<unknown> {
    const isOpen = this.#owner.state() === 'open';
    const carrier = isOpen && this.#pending.size === 0 ? this.#carriers.pick(false) : undefined;
    return carrier === undefined ? this.#wait(action, data, options) : carrier.send(action, data, options);
  }

  /** Sends what waits, in its order, as far as there are connections; and sees to it that more come. */
  goOn(): void {
    // What begins may send more, and that waits for its turn.
    if (this.#isStarting || this.#pending.size === 0) return;
    this.#isStarting = true;
    for (let next = this.#first; next !== undefined; next = this.#first) {
      const carrier = this.#carriers.pick(true);
      if (carrier === undefined) break;
      this.#start(next, carrier);
    }
    this.#isStarting = false;
    if (this.#pending.size > 0) this.#ask();
    else this.#stopAsking();
  }

  get #first(): Pending | undefined {
    const [first] = this.#pending;
    return first;
  }

  #start(pending: Pending, carrier: Carrier): void {
    // It waits no longer before anything of it is begun: what begins may come back here.
    this.#pending.delete(pending);
    const { wait, start } = pending;
    let settle!: (answer: Promise<unknown>) => void;
    wait.resolve(new Promise((resolve) => (settle = resolve)));
    settle(start(carrier));
  }

  async #wait(action: string, data: unknown, options: RequestOptions | undefined): Promise<unknown> {
    const { name, timeoutMs, acquireTimeoutMs } = this.#settings;
    const budget = requestBudget(action, options, timeoutMs);
    const state = this.#owner.state();
    if (state === 'draining' || state === 'closed') {
      throw closedError(`request '${action}' was not sent: ${name} is closed`, 'not-sent');
    }
    if (this.#isFull) throw this.#owner.refused();
    const since = performance.now();
    const deadline = Math.min(budget.deadline, since + acquireTimeoutMs);
    const what = `request '${action}' waited for ${name} to have a connection`;
    const wait = new Wait<unknown>({
      limits: { deadline, signals: budget.signals },
      what,
      outcome: 'not-sent',
      expired: () => {
        const cause = this.#owner.timedOut(performance.now() - since);
        if (deadline < budget.deadline) return cause;
        return new TimeoutError('TIMEOUT', `the time was up while ${what}`, { outcome: 'not-sent', cause });
      },
      onOver: () => {
        this.#pending.delete(pending);
        if (this.#pending.size === 0 && !this.#isStarting) this.#stopAsking();
      },
    });
    const start = (carrier: Carrier): Promise<unknown> =>
      carrier.send(action, data, withTimeLeft(options, budget.deadline));
    // It begins when a connection comes, and is to do so in its own asynchronous context.
    const pending: Pending = { wait, start: AsyncResource.bind(start) };
    this.#pending.add(pending);
    this.goOn();
    return wait.promise;
  }

  /** Those that go on a connection that is there, or can be made, are in nobody's way. */
  get #isFull(): boolean {
    const { maxWaiters, requestsPerConnection } = this.#settings;
    const all = this.#owner.waiting() + this.waiting;
    if (all < maxWaiters) return false;
    const room = this.#owner.room();
    return room === 0 || all >= maxWaiters + room * requestsPerConnection;
  }

  #ask(): void {
    const { requestsPerConnection } = this.#settings;
    if (this.#owner.state() === 'open') this.#owner.grow(Math.ceil(this.#pending.size / requestsPerConnection) - 1);
    if (this.#asking !== undefined || this.#owner.state() === 'draining') return;
    const asking = new AbortController();
    this.#asking = asking;
    const served = (lease: Lease<Client>): void => {
      this.#asking = undefined;
      this.#takeTurn(this.#carriers.add(lease));
    };
    this.#owner.lend(asking.signal, served).catch((error: unknown) => {
      if (this.#asking !== asking) return;
      this.#asking = undefined;
      for (const { wait } of [...this.#pending]) wait.reject(error);
    });
  }

  /** What was lent in its turn carries what waits, whoever stands in the line behind it: its part, or all if the pool is about to close. */
  #takeTurn(carrier: Carrier): void {
    const isLast = this.#owner.state() === 'draining';
    const wasStarting = this.#isStarting;
    this.#isStarting = true;
    for (let next = this.#first; next !== undefined; next = this.#first) {
      if (this.#carriers.isFull(carrier) && !isLast) break;
      this.#start(next, carrier);
    }
    this.#isStarting = wasStarting;
    this.goOn();
    this.#carriers.giveBackIfUnused(carrier);
  }

  /** Nobody needs what was asked for. */
  #stopAsking(): void {
    const asking = this.#asking;
    this.#asking = undefined;
    asking?.abort();
  }
}
