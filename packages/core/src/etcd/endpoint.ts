import type * as Grpc from '@grpc/grpc-js';
import { ConnectionError } from '../errors/error-classes.js';
import type { AbortSource } from '../timing/on-abort.js';
import { Wait } from '../timing/wait.js';
import { Connection } from './connection.js';
import type { EndpointAddress, EtcdTlsOptions } from './etcd-client-options.js';

/** How long making a connection may take at most, in ms: the kernel would try for two minutes. */
const CONNECT_MS = 5_000;

/** How long a wait for a connection may last. */
export interface ConnectLimits {
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  readonly signals: readonly AbortSource[];
}

/**
 * One member of the cluster, and the connection to it. Each time that one is wanted and there is none, one is tried at once: gRPC's own pauses between attempts would make
 * calls fail while the member is there again.
 */
export class Endpoint {
  readonly #grpc: typeof Grpc;
  readonly #address: EndpointAddress;
  readonly #credentials: Grpc.ChannelCredentials;
  /** The one that takes calls, and those that have some left. */
  readonly #connections = new Set<Connection>();
  #current: Connection | undefined;
  #connecting: Promise<Connection> | undefined;
  #isClosed = false;

  constructor(grpc: typeof Grpc, address: EndpointAddress, tls: EtcdTlsOptions) {
    this.#grpc = grpc;
    this.#address = address;
    this.#credentials = address.isSecure ? secureCredentials(grpc, tls) : grpc.credentials.createInsecure();
  }

  get url(): string {
    return this.#address.url;
  }

  /**
   * Waits for a connection over which a call can leave at once.
   * @throws ConnectionError UNREACHABLE, `not-sent`, also if the time for it is up; CancelledError ABORTED
   */
  connected({ deadline, signals }: ConnectLimits): Promise<Connection> {
    const wait = new Wait<Connection>({
      limits: { deadline: Math.min(deadline, performance.now() + CONNECT_MS), signals },
      what: `connecting to etcd at ${this.url}`,
      outcome: 'not-sent',
      expired: () => this.#unreachable('it does not answer'),
    });
    this.#connect().then(
      (connection) => wait.resolve(connection),
      (error: unknown) => wait.reject(error),
    );
    return wait.promise;
  }

  /** For ever. */
  close(): void {
    this.#isClosed = true;
    for (const connection of [...this.#connections]) connection.close();
  }

  async #connect(): Promise<Connection> {
    if (this.#isClosed) throw this.#unreachable('the client is closed');
    this.#connecting ??= this.#ready(this.#usable()).finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  #usable(): Connection {
    if (this.#current?.isRetired === false) return this.#current;
    const connection = new Connection(this.#grpc, this.#address.hostAndPort, this.#credentials, (closed) => {
      this.#connections.delete(closed);
    });
    this.#connections.add(connection);
    this.#current = connection;
    return connection;
  }

  async #ready(connection: Connection): Promise<Connection> {
    const why = await connection.ready(CONNECT_MS);
    if (why === undefined) return connection;
    connection.retire();
    throw this.#unreachable(why);
  }

  #unreachable(why: string): ConnectionError {
    return new ConnectionError('UNREACHABLE', `etcd at ${this.url} cannot be reached: ${why}`, { outcome: 'not-sent' });
  }
}

function secureCredentials(grpc: typeof Grpc, { ca, cert, key }: EtcdTlsOptions): Grpc.ChannelCredentials {
  return grpc.credentials.createSsl(asBuffer(ca), asBuffer(key), asBuffer(cert));
}

function asBuffer(pem: string | Uint8Array | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(pem as Uint8Array);
}
