import {
  Client,
  ConnectionError,
  DEFAULTS,
  PoolError,
  type ClientOptions,
  type CloseOptions,
  type Middleware,
  type Requester,
  type RequestOptions,
} from '@liberzmq/core';
import { badOption, checkOptions, option } from '@liberzmq/core/options';
import type { AcquireOptions } from './acquire-options.js';
import type { Lender } from './lease.js';
import { LendingPool } from './lending-pool.js';
import type { PoolStats } from './pool-events.js';
import {
  LIMIT_OPTIONS,
  settleOptions,
  type CreateContext,
  type DestroyContext,
  type PoolLimits,
} from './pool-options.js';
import { PooledConnection } from './pooled-connection.js';
import { SharedRequests, type SharedRequestsOwner } from './shared-requests.js';
import type { Slot } from './slot.js';

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

/**
 * Connections to one server. {@link sendRequest} spreads requests over them; a connection of your own, for as long as you hold it, comes from {@link connection},
 * {@link getConnection} or {@link use}.
 * @example
 * ```ts
 * const pool = new ConnectionPool({ address: 'tcp://127.0.0.1:5556', minSize: 2, maxSize: 10 });
 * const sum = await pool.sendRequest('add', { a: 1, b: 2 });
 * await pool.close();
 * ```
 */
export class ConnectionPool extends LendingPool<Client, PooledConnection> implements Requester {
  /** Where its connections lead. */
  readonly address: string;
  readonly #middleware: Middleware[];
  readonly #shared: SharedRequests;
  readonly #hasMade: () => boolean;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: ConnectionPoolOptions) {
    checkOptions('ConnectionPool', options, OPTIONS, ['address']);
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const { address, client: clientOptions = {}, requestsPerConnection, ...limits } = given as typeof options;
    if ('address' in clientOptions) throw badOption(`ConnectionPool: 'address' stands beside 'client', not in it`);
    const makeClient = (): Client => new Client({ ...clientOptions, address });
    // What is wrong with the options is to be known now, and not with the first request.
    const { address: to } = makeClient();
    const middleware: Middleware[] = [];
    let hasMade = false;
    const { createTimeoutMs = CONNECT_MS } = limits;
    super(
      settleOptions({
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
      }),
    );
    this.address = to;
    this.#middleware = middleware;
    this.#hasMade = () => hasMade;
    const { timeoutMs = DEFAULTS.requestTimeoutMs } = clientOptions;
    const settings = {
      name: this.name,
      requestsPerConnection: requestsPerConnection ?? REQUESTS_PER_CONNECTION,
      timeoutMs,
    };
    this.#shared = new SharedRequests({ ...this.limits, ...settings }, this.#sharedOwner());
  }

  /**
   * Runs an action on the server and resolves with its result, beside the requests of others on the same connection.
   * @throws as a client's `sendRequest` does; TimeoutError TIMEOUT, `not-sent`, if its time was up before there was a connection; PoolError POOL_TIMEOUT, POOL_EXHAUSTED
   */
  sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    return this.#shared.send(action, data, options);
  }

  /**
   * A connection that is yours alone until you give it back, with `await using`, `release()` or {@link returnConnection}.
   * @throws as {@link acquire} does
   */
  connection(options?: AcquireOptions): Promise<PooledConnection> {
    return this.lend(options, this.callerStack());
  }

  /** The same as {@link connection}, by the name that the original guide has for it. Give it back with {@link returnConnection}. */
  getConnection(options?: AcquireOptions): Promise<PooledConnection> {
    return this.lend(options, this.callerStack());
  }

  /** Takes a connection back. @throws PoolError POOL_MISUSE if it is none of this pool's, or was given back already */
  returnConnection(connection: PooledConnection): void {
    if (!(connection instanceof PooledConnection) || !this.hasLent(connection)) {
      const what = `${this.name}: what was given back is not from here; give back what getConnection() has given, to the pool that it is from`;
      throw new PoolError('POOL_MISUSE', what);
    }
    connection.release();
  }

  /**
   * Lends one to a function, and takes it back when that is over.
   * @throws as {@link acquire} does; what the function throws
   */
  async use<R>(work: (connection: PooledConnection) => R, options?: AcquireOptions): Promise<Awaited<R>> {
    const connection = await this.lend(options, this.callerStack());
    try {
      return await work(connection);
    } finally {
      connection[Symbol.dispose]();
    }
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
    const { waiting, inFlight } = this.#shared;
    return { ...stats, waiting: stats.waiting + waiting, inFlight };
  }

  protected override newLease(lender: Lender<Client>, slot: Slot<Client>): PooledConnection {
    return new PooledConnection(lender, slot);
  }

  protected override onLineMoved(): void {
    this.#shared.goOn();
  }

  #sharedOwner(): SharedRequestsOwner {
    return {
      state: () => this.state,
      waiting: () => this.waiting,
      room: () => this.room,
      isMoreComing: () => this.isMoreComing,
      // Who shares holds one for as long as there are requests: that is no leak.
      lendNow: () => this.lendNow(undefined),
      // Each request has its own limits.
      lend: (signal, onServed) => this.lend({ timeoutMs: Infinity, signal }, undefined, false, onServed),
      grow: (count) => {
        this.grow(count);
      },
      timedOut: (waitedMs) => this.timedOut(waitedMs),
      refused: () => this.refused(),
    };
  }
}

async function connect(client: Client, timeoutMs: number, { signal, broken }: CreateContext): Promise<Client> {
  const refused = new AbortController();
  client.on('handshakeFailed', ({ message }) => {
    refused.abort(message);
  });
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
    // Whoever has refused once does so again: the pool tries anew after a pause.
    return await client.connect({
      waitForConnection: true,
      timeoutMs,
      signal: AbortSignal.any([signal, refused.signal]),
    });
  } catch (cause) {
    await client.close({ timeoutMs: 0 });
    if (signal.aborted) throw cause;
    const why = refused.signal.aborted
      ? String(refused.signal.reason)
      : `nobody answered within ${String(timeoutMs)} ms`;
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
