import { AsyncResource } from 'node:async_hooks';
import {
  Client,
  ConnectionError,
  DEFAULTS,
  PoolError,
  TimeoutError,
  type ClientOptions,
  type CloseOptions,
  type Middleware,
  type Requester,
  type RequestOptions,
} from '@liberzmq/core';
import { badOption, checkOptions, option } from '@liberzmq/core/options';
import { closedError, requestBudget, Wait, withTimeLeft } from '@liberzmq/core/requesters';
import { Carriers, type Carrier, type CarriersOwner } from './carriers.js';
import type { AcquireOptions } from './acquire-options.js';
import { Pool } from './pool.js';
import type { PoolStats } from './pool-events.js';
import { LIMIT_OPTIONS, type CreateContext, type DestroyContext, type PoolLimits } from './pool-options.js';
import { PooledConnection } from './pooled-connection.js';

const REQUESTS_PER_CONNECTION = 256;
const CONNECT_MS = 5_000;
/** A connection that could not be made is closed, which takes next to nothing. */
const CLOSE_MS = 1_000;
/** A connection says by itself when it is lost; the check is for those that have become silent. */
const VALIDATE_AFTER_IDLE_MS = 5_000;

const OPTIONS = {
  ...LIMIT_OPTIONS,
  address: option.string,
  client: option.record,
  requestsPerConnection: option.limit,
};

/** How a pool of connections is set up. */
export interface ConnectionPoolOptions extends PoolLimits {
  /** Of the server: `tcp://host:port`, `ipc://path` or `inproc://name`. */
  address: string;
  /**
   * What every client is made with, beside the address: `{ serializer, timeoutMs, … }`.
   * @defaultValue what a client has by itself
   */
  client?: Omit<ClientOptions, 'address'> | undefined;
  /**
   * How many requests `sendRequest` puts on a connection before it takes another one: one that nobody uses, or a new one as long as there may be more. 1 spreads them as
   * far as there are connections; `Infinity` uses one only. Beyond that the connection with the fewest requests takes each.
   * @defaultValue 256: what travels on one connection travels together, which is twice as fast as on five
   */
  requestsPerConnection?: number | undefined;
}

/** What a pool of connections has, and what it has done since it was made. */
export interface ConnectionPoolStats extends PoolStats {
  /** Requests that `sendRequest` has under way. */
  readonly inFlight: number;
}

/** A request that waits for a connection. */
interface Pending {
  readonly wait: Wait<unknown>;
  readonly start: (carrier: Carrier) => Promise<unknown>;
}

/**
 * Connections to one server. {@link sendRequest} spreads requests over them; a connection of your own, for as long as you hold it, comes from {@link connection},
 * {@link getConnection} or `use`.
 * @example
 * ```ts
 * const pool = new ConnectionPool({ address: 'tcp://127.0.0.1:5556', minSize: 2, maxSize: 10 });
 * const sum = await pool.sendRequest('add', { a: 1, b: 2 });
 * await pool.close();
 * ```
 */
export class ConnectionPool extends Pool<Client> implements Requester {
  /** Where its connections lead. */
  readonly address: string;
  readonly #timeoutMs: number;
  readonly #middleware: Middleware[];
  readonly #carriers: Carriers;
  readonly #pending = new Set<Pending>();
  readonly #hasMade: () => boolean;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: ConnectionPoolOptions) {
    checkOptions('ConnectionPool', options, OPTIONS, ['address']);
    const { address, client: clientOptions = {}, requestsPerConnection = REQUESTS_PER_CONNECTION, ...limits } = options;
    if ('address' in clientOptions) throw badOption(`ConnectionPool: 'address' stands beside 'client', not in it`);
    const makeClient = (): Client => new Client({ ...clientOptions, address });
    // What is wrong with the options is to be known now, and not with the first request.
    const { address: to } = makeClient();
    const middleware: Middleware[] = [];
    let hasMade = false;
    const { createTimeoutMs = CONNECT_MS } = limits;
    super({
      name: `the connection pool to ${to}`,
      validateAfterIdleMs: VALIDATE_AFTER_IDLE_MS,
      ...limits,
      createTimeoutMs: createTimeoutMs + CLOSE_MS,
      create: (context) => {
        hasMade = true;
        const client = makeClient();
        for (const each of middleware) client.addMiddleware(each);
        return connect(client, createTimeoutMs, context);
      },
      destroy: disconnect,
      validate: isAlive,
    });
    this.address = to;
    this.#timeoutMs = clientOptions.timeoutMs ?? DEFAULTS.requestTimeoutMs;
    this.#middleware = middleware;
    this.#hasMade = () => hasMade;
    this.#carriers = new Carriers(requestsPerConnection, this.#carriersOwner());
  }

  /**
   * Runs an action on the server and resolves with its result: on the connection with the fewest requests, beside those of others.
   * @throws as a client's `sendRequest` does; TimeoutError TIMEOUT, `not-sent`, if its time was up before there was a connection; PoolError POOL_TIMEOUT, POOL_EXHAUSTED
   */
  sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    const carrier = this.#pending.size === 0 ? this.#carriers.pick() : undefined;
    return carrier === undefined ? this.#sendLater(action, data, options) : carrier.send(action, data, options);
  }

  /**
   * A connection that is yours alone until you give it back, with `await using`, `release()` or {@link returnConnection}.
   * @throws as {@link acquire} does
   */
  async connection(options?: AcquireOptions): Promise<PooledConnection> {
    return new PooledConnection(this, await this.acquire(options));
  }

  /** The same as {@link connection}, by the name that the original guide has for it. Give it back with {@link returnConnection}. */
  getConnection(options?: AcquireOptions): Promise<PooledConnection> {
    return this.connection(options);
  }

  /** Takes a connection back. @throws PoolError POOL_MISUSE if it is none of this pool's, or was given back already */
  returnConnection(connection: PooledConnection): void {
    if (!(connection instanceof PooledConnection) || connection.pool !== this) {
      const what = `${this.name}: what was given back is not from here; give back what getConnection() has given, to the pool that it is from`;
      throw new PoolError('POOL_MISUSE', what);
    }
    connection.release();
  }

  /** The same as {@link close}, by the name that the original guide has for it. */
  closeAll(options?: CloseOptions): Promise<void> {
    return this.close(options);
  }

  /**
   * Adds a middleware to every connection, behind those that were added before. To be done before anything is sent.
   * @throws ConfigurationError BAD_OPTION
   */
  addMiddleware(middleware: Middleware): this {
    if (this.#hasMade()) {
      throw badOption(`addMiddleware: ${this.name} has made connections already; add it before the first request`);
    }
    // A client says what is wrong with it.
    new Client({ address: this.address }).addMiddleware(middleware);
    this.#middleware.push(middleware);
    return this;
  }

  /** What it has, and what it has done so far. */
  override stats(): ConnectionPoolStats {
    const stats = super.stats();
    const waiting = stats.waiting + this.#pending.size - (this.#carriers.isAsking ? 1 : 0);
    return { ...stats, waiting, inFlight: this.#carriers.inFlight };
  }

  #carriersOwner(): CarriersOwner {
    const lending = (): boolean => this.state === 'open';
    const waiting = (): number => this.waiting;
    return {
      get isLending() {
        return lending();
      },
      get waiting() {
        return waiting();
      },
      tryAcquire: () => this.tryAcquire(),
      // Each request has its own limits.
      acquire: (signal) => this.acquire({ timeoutMs: Infinity, signal }),
      grow: () => {
        this.grow();
      },
      onCarrier: () => {
        this.#startPending();
      },
      onNone: (error) => {
        for (const { wait } of [...this.#pending]) wait.reject(error);
      },
    };
  }

  async #sendLater(action: string, data: unknown, options: RequestOptions | undefined): Promise<unknown> {
    const budget = requestBudget(action, options, this.#timeoutMs);
    const { state, name } = this;
    if (state === 'draining' || state === 'closed') {
      throw closedError(`request '${action}' was not sent: ${name} is closed`, 'not-sent');
    }
    const { maxWaiters, acquireTimeoutMs } = this.limits;
    if (this.#pending.size >= maxWaiters) {
      const what = `${String(maxWaiters)} wait for a connection already, which is all that may (maxWaiters)`;
      throw new PoolError('POOL_EXHAUSTED', `request '${action}' was not sent: ${what}`);
    }
    const since = performance.now();
    const deadline = Math.min(budget.deadline, since + acquireTimeoutMs);
    const what = `request '${action}' waited for ${name} to have a connection`;
    const wait = new Wait<unknown>({
      limits: { deadline, signals: budget.signals },
      what,
      outcome: 'not-sent',
      expired: () => {
        const cause = this.timedOutError(performance.now() - since);
        if (deadline < budget.deadline) return cause;
        return new TimeoutError('TIMEOUT', `the time was up while ${what}`, { outcome: 'not-sent', cause });
      },
      onOver: () => {
        this.#pending.delete(pending);
        if (this.#pending.size === 0) this.#carriers.stopAsking();
      },
    });
    const start = (carrier: Carrier): Promise<unknown> =>
      carrier.send(action, data, withTimeLeft(options, budget.deadline));
    // It begins when a connection comes, and is to do so in its own asynchronous context.
    const pending: Pending = { wait, start: AsyncResource.bind(start) };
    this.#pending.add(pending);
    this.#startPending();
    if (this.#pending.size > 0) this.#carriers.ask();
    return wait.promise;
  }

  /** In their order, as far as there are connections. */
  #startPending(): void {
    for (const { wait, start } of this.#pending) {
      const carrier = this.#carriers.pick();
      if (carrier === undefined) return;
      wait.resolve(start(carrier));
    }
  }
}

async function connect(client: Client, timeoutMs: number, { signal, broken }: CreateContext): Promise<Client> {
  let refusal: string | undefined;
  client.on('handshakeFailed', ({ message }) => (refusal = message));
  client.on('disconnected', () => {
    broken(new Error('the connection was lost'));
  });
  client.on('draining', () => {
    broken(new Error('the server is closing'));
  });
  client.on('closed', () => {
    broken(new Error('the client was closed'));
  });
  try {
    return await client.connect({ waitForConnection: true, timeoutMs, signal });
  } catch (cause) {
    await client.close({ timeoutMs: 0 });
    if (signal.aborted) throw cause;
    const why = refusal ?? `nobody answered within ${String(timeoutMs)} ms`;
    throw new ConnectionError('UNREACHABLE', `no connection to ${client.address}: ${why}`, { cause });
  }
}

/** Nobody waits for the answers of what is broken. */
function disconnect(client: Client, { reason, timeoutMs }: DestroyContext): Promise<void> {
  const isUseless = reason === 'broken' || reason === 'invalid' || reason === 'late';
  return client.close({ timeoutMs: isUseless ? 0 : timeoutMs });
}

async function isAlive(client: Client): Promise<boolean> {
  await client.ping({ timeoutMs: Infinity });
  return true;
}
