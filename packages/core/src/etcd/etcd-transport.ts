import type * as Grpc from '@grpc/grpc-js';
import { ConnectionError, OverloadedError, TimeoutError } from '../errors/error-classes.js';
import type { LiberZMQError } from '../errors/liberzmq-error.js';
import { checkOptions } from '../options/check-options.js';
import type { Limits } from '../timing/limited.js';
import { settledWithin, WAIT_OPTIONS, type WaitOptions } from '../timing/wait.js';
import { Authentication } from './authentication.js';
import type { Connection } from './connection.js';
import { Endpoint } from './endpoint.js';
import { Endpoints } from './endpoints.js';
import { EtcdCall, type EtcdCallMeans, type EtcdCallRequest } from './etcd-call.js';
import type { EtcdClientSettings } from './etcd-client-options.js';
import { EtcdStream } from './etcd-stream.js';
import type { StreamSource } from './message-stream.js';
import { asIs, callMetadata, loadGrpc } from './grpc.js';
import { isStaleToken } from './status-error.js';

/** The way to the cluster: calls and streams, over whichever member can be reached. */
export class EtcdTransport implements StreamSource {
  readonly #means: EtcdCallMeans;
  readonly #timeoutMs: number;
  readonly #calls = new Set<EtcdCall>();
  readonly #grpc: typeof Grpc;
  readonly #endpoints: Endpoints;
  readonly #authentication: Authentication | undefined;

  /** @throws ConfigurationError BAD_OPTION if `@grpc/grpc-js` is missing, or certificates cannot be read */
  constructor({ addresses, credentials, tls, timeoutMs }: EtcdClientSettings) {
    const grpc = loadGrpc();
    const endpoints = new Endpoints(addresses.map((address) => new Endpoint(grpc, address, tls)));
    this.#grpc = grpc;
    this.#endpoints = endpoints;
    this.#timeoutMs = timeoutMs;
    this.#authentication =
      credentials === undefined ? undefined : new Authentication(credentials, (body) => this.#authenticate(body));
    this.#means = { grpc, endpoints, authentication: this.#authentication };
  }

  /**
   * Asks one thing.
   * @throws ConfigurationError BAD_OPTION; ConnectionError UNREACHABLE or CONNECTION_LOST, TimeoutError TIMEOUT, CancelledError ABORTED, AuthenticationError UNAUTHENTICATED
   * or FORBIDDEN, OverloadedError OVERLOADED, RemoteError REMOTE
   */
  async ask(request: EtcdCallRequest, options: WaitOptions = {}): Promise<Buffer> {
    checkOptions(request.what, options, WAIT_OPTIONS);
    const { timeoutMs = this.#timeoutMs, signal } = options;
    const signals = signal === undefined ? [] : [signal];
    return this.#call(request, this.#means, { deadline: performance.now() + timeoutMs, signals });
  }

  async openStream(method: string, what: string, deadline: number, signal: AbortSignal): Promise<EtcdStream> {
    const authentication = this.#authentication;
    const token = await authentication?.token();
    const endpoint = this.#endpoints.current;
    let connection: Connection;
    const { others } = this.#endpoints;
    const latest = Math.min(deadline, performance.now() + this.#endpoints.connectMs(others));
    try {
      connection = await endpoint.connected({ deadline: latest, signals: [signal] });
    } catch (error) {
      if (isPassing(error)) this.#endpoints.leave(endpoint);
      throw error;
    }
    const { client } = connection;
    const call = client.makeBidiStreamRequest(method, asIs, asIs, callMetadata(this.#grpc, token));
    connection.callBegan();
    call.once('status', () => connection.callEnded());
    const onSilence = (): void => connection.retire();
    const onFailure = (error: LiberZMQError): void => {
      if (isStaleToken(error)) authentication?.forget(token);
      else if (isPassing(error)) this.#endpoints.leave(endpoint);
    };
    return new EtcdStream(call, { what, signal, onFailure, onSilence });
  }

  mayReopen(error: unknown): boolean {
    return isPassing(error) || (this.#authentication !== undefined && isStaleToken(error));
  }

  /** Resolves when the calls have ended that are under way, or when the time is up. */
  async drained(timeoutMs: number): Promise<void> {
    await settledWithin(Promise.allSettled([...this.#calls].map(({ promise }) => promise)), timeoutMs);
  }

  /** Cuts off the calls that are under way, and lets all connections go. */
  close(): void {
    for (const call of this.#calls) call.cutOff();
    this.#endpoints.close();
  }

  #call(request: EtcdCallRequest, means: EtcdCallMeans, limits: Limits): Promise<Buffer> {
    const call = new EtcdCall(request, means, limits);
    const over = (): void => {
      this.#calls.delete(call);
    };
    this.#calls.add(call);
    call.promise.then(over, over);
    return call.promise;
  }

  #authenticate(body: Uint8Array): Promise<Buffer> {
    const request = { method: '/etcdserverpb.Auth/Authenticate', body, what: 'authentication', isRepeatable: true };
    const limits = { deadline: performance.now() + this.#timeoutMs, signals: [] };
    return this.#call(request, { ...this.#means, authentication: undefined }, limits);
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof ConnectionError || error instanceof TimeoutError || error instanceof OverloadedError;
}
