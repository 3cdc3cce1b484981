import type * as Grpc from '@grpc/grpc-js';
import { CancelledError, ConnectionError, TimeoutError } from '../errors/error-classes.js';
import type { LiberZMQError } from '../errors/liberzmq-error.js';
import type { Outcome } from '../errors/outcome.js';
import { closedError } from '../timing/closing.js';
import type { Limits } from '../timing/limited.js';
import { Wait } from '../timing/wait.js';
import { Alarm } from './alarm.js';
import type { Authentication } from './authentication.js';
import type { Connection } from './connection.js';
import type { Endpoint } from './endpoint.js';
import type { Endpoints } from './endpoints.js';
import { asIs, callMetadata } from './grpc.js';
import { Silence } from './silence.js';
import { isStaleToken, statusError } from './status-error.js';

const NO_ANSWER = { code: 2, details: 'there was no answer' };

/** What a call is made of. */
export interface EtcdCallRequest {
  /** Of gRPC: `/etcdserverpb.KV/Range`. */
  readonly method: string;
  readonly body: Uint8Array;
  /** As errors say it: `get of '/a'`. */
  readonly what: string;
  /** Whether it may run twice, so that another member may be asked also if this one may have done it. */
  readonly isRepeatable: boolean;
}

/** By what a call gets to etcd. */
export interface EtcdCallMeans {
  readonly grpc: typeof Grpc;
  readonly endpoints: Endpoints;
  readonly authentication: Authentication | undefined;
}

/** One request to etcd, which ends within its limits. It goes to the next member where it cannot have reached one. */
export class EtcdCall {
  readonly promise: Promise<Buffer>;
  readonly #request: EtcdCallRequest;
  readonly #means: EtcdCallMeans;
  readonly #limits: Limits;
  readonly #wait: Wait<Buffer>;
  /** Where it has gone, if anywhere. */
  #endpoint: Endpoint | undefined;
  #underWay: Grpc.ClientUnaryCall | undefined;
  /** Tells whether anything has come since it left, over the connection that it has taken. */
  #silence: Silence | undefined;

  constructor(request: EtcdCallRequest, means: EtcdCallMeans, limits: Limits) {
    this.#request = request;
    this.#means = means;
    this.#limits = limits;
    const { what } = request;
    this.#wait = new Wait<Buffer>({
      limits,
      what,
      outcome: 'not-sent',
      expired: () => this.#tooLate(),
      aborted: (cause) => new CancelledError('ABORTED', `${what} was aborted`, { outcome: this.#outcome, cause }),
      onOver: () => this.#underWay?.cancel(),
    });
    this.promise = this.#wait.promise;
    if (this.#wait.isOver) return;
    this.#run().then(
      (answer) => this.#wait.resolve(answer),
      (error: unknown) => this.#wait.reject(error),
    );
  }

  /** Ends it now, since the client is closed. */
  cutOff(): void {
    this.#wait.reject(closedError(`${this.#request.what} was cut off: the client is closed`, this.#outcome));
  }

  get #outcome(): Outcome {
    return this.#endpoint === undefined ? 'not-sent' : 'unknown';
  }

  #tooLate(): Error {
    this.#silence?.retireIfSilent();
    // A member that does not answer is not asked first again.
    if (this.#endpoint !== undefined) this.#means.endpoints.leave(this.#endpoint);
    return new TimeoutError('TIMEOUT', `${this.#request.what} took too long`, { outcome: this.#outcome });
  }

  async #run(): Promise<Buffer> {
    const { authentication } = this.#means;
    for (let isRenewed = false; ; isRenewed = true) {
      const token = await authentication?.token();
      try {
        return await this.#ask(token);
      } catch (error) {
        if (authentication === undefined || isRenewed || !isStaleToken(error)) throw error;
        authentication.forget(token);
      }
    }
  }

  async #ask(token: string | undefined): Promise<Buffer> {
    const { endpoints } = this.#means;
    const { deadline, signals } = this.#limits;
    const row = endpoints.inTurn();
    let failure: unknown;
    for (const [index, endpoint] of row.entries()) {
      const now = performance.now();
      const left = row.length - index - 1;
      const share = (deadline - now) / (left + 1);
      const connectMs = Math.min(share, endpoints.connectMs(left));
      try {
        const connection = await endpoint.connected({ deadline: now + connectMs, signals });
        return await this.#exchange(endpoint, connection, token, left > 0 ? share : Infinity);
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        endpoints.leave(endpoint);
        if (!this.#mayGoOn(error)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** @param patienceMs how long the member may be silent before the next one is asked, where that does no harm. */
  #exchange(
    endpoint: Endpoint,
    connection: Connection,
    token: string | undefined,
    patienceMs: number,
  ): Promise<Buffer> {
    const { method, body, what, isRepeatable } = this.#request;
    return new Promise((resolve, reject) => {
      // Nobody waits for it any more, and what has not left need not.
      if (this.#wait.isOver) return;
      this.#endpoint = endpoint;
      const silence = new Silence(connection);
      this.#silence = silence;
      const patience = new Alarm(() => {
        silence.retireIfSilent();
        if (!silence.isSilent) return;
        reject(statusError(what, { ...NO_ANSWER, details: `${endpoint.url} does not answer` }));
        call.cancel();
      });
      const metadata = callMetadata(this.#means.grpc, token);
      connection.callBegan();
      const call = connection.client.makeUnaryRequest(method, asIs, asIs, asIs(body), metadata, (error, answer) => {
        patience.clear();
        if (this.#underWay === call) this.#underWay = undefined;
        connection.callEnded();
        if (answer === undefined || error !== null) reject(this.#failed(statusError(what, error ?? NO_ANSWER)));
        else resolve(answer);
      });
      this.#underWay = call;
      if (isRepeatable && patienceMs < Infinity) patience.set(performance.now() + patienceMs);
    });
  }

  #failed(error: LiberZMQError): LiberZMQError {
    // Refused, it has done nothing anywhere.
    if (error.outcome === 'answered') this.#endpoint = undefined;
    return error;
  }

  #mayGoOn(error: ConnectionError): boolean {
    return error.outcome !== 'unknown' || this.#request.isRepeatable;
  }
}
