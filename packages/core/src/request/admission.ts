import { OverloadedError } from '../errors/error-classes.js';
import { deadlines } from '../timing/deadline-wheel.js';
import type { Peer } from '../sockets/peers.js';
import type { ClientSession } from './client-session.js';
import type { ServerRequest } from './server-request.js';

/** How much a server takes on. */
export interface AdmissionLimits {
  readonly maxConcurrency: number;
  readonly maxQueue: number;
  readonly maxQueuePerPeer: number;
}

/** Weight of the newest duration in the running average. */
const NEWEST = 0.1;
const LEAST_RETRY_MS = 10;
const MOST_RETRY_MS = 10_000;

/** Lets so many requests run at a time, keeps some more in order, and refuses the rest before anything of theirs has run. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #run: (request: ServerRequest) => void;
  /** Clients with waiting requests; each gets its turn. */
  readonly #turns: Peer<ClientSession>[] = [];
  #running = 0;
  #waiting = 0;
  #averageMs = 0;
  #startsNext = false;

  /** @param run starts a request. Must not throw; {@link ended} follows, maybe at once. */
  constructor(limits: AdmissionLimits, run: (request: ServerRequest) => void) {
    this.#limits = limits;
    this.#run = run;
  }

  /** Runs a request, now or in its turn. @throws OverloadedError OVERLOADED */
  take(request: ServerRequest): void {
    const { maxConcurrency, maxQueue, maxQueuePerPeer } = this.#limits;
    if (this.#running < maxConcurrency) {
      this.#start(request);
      return;
    }
    const { waiting } = request.from.session;
    if (this.#waiting >= maxQueue || waiting.size >= maxQueuePerPeer) throw this.#overloaded(waiting.size);
    if (waiting.size === 0) this.#turns.push(request.from);
    waiting.append(request);
    request.isWaiting = true;
    deadlines.add(request, request.deadline);
    this.#waiting += 1;
  }

  /** Runs a request at once that no handler is at work for: it is no load, and nobody waits for it. */
  runBeside(request: ServerRequest): void {
    request.isBeside = true;
    this.#run(request);
  }

  /** A request's handler has ended. */
  ended(request: ServerRequest): void {
    if (request.isBeside) return;
    this.#running -= 1;
    if (this.#limits.maxConcurrency === Infinity) return;
    this.#averageMs += (performance.now() - request.startedAt - this.#averageMs) * NEWEST;
    if (!this.#startsNext) this.#startNext();
  }

  /** A request is over while it waits: it was taken back, its time is up, or its client is gone. It never runs. */
  forget(request: ServerRequest): void {
    if (!request.isWaiting) return;
    this.#takeOut(request);
    if (request.from.session.waiting.size > 0) return;
    const at = this.#turns.indexOf(request.from);
    if (at !== -1) this.#turns.splice(at, 1);
  }

  #takeOut(request: ServerRequest): void {
    request.isWaiting = false;
    request.from.session.waiting.remove(request);
    deadlines.remove(request);
    this.#waiting -= 1;
  }

  /** A handler that ends at once comes back here: the loop that runs goes on with the next. */
  #startNext(): void {
    this.#startsNext = true;
    while (this.#running < this.#limits.maxConcurrency) {
      const peer = this.#turns.shift();
      if (peer === undefined) break;
      const { waiting } = peer.session;
      const request = waiting.first as ServerRequest;
      this.#takeOut(request);
      if (waiting.size > 0) this.#turns.push(peer);
      this.#start(request);
    }
    this.#startsNext = false;
  }

  #start(request: ServerRequest): void {
    this.#running += 1;
    if (this.#limits.maxConcurrency !== Infinity) request.startedAt = performance.now();
    this.#run(request);
  }

  #overloaded(ofPeer: number): OverloadedError {
    const { maxConcurrency, maxQueuePerPeer } = this.#limits;
    const expected = (this.#averageMs * (this.#waiting + 1)) / maxConcurrency;
    const retryAfterMs = Math.round(Math.min(Math.max(expected, LEAST_RETRY_MS), MOST_RETRY_MS));
    const why =
      ofPeer >= maxQueuePerPeer
        ? `${String(ofPeer)} requests of this client wait already`
        : `${String(this.#running)} requests run and ${String(this.#waiting)} wait already`;
    return new OverloadedError('OVERLOADED', `the server is overloaded: ${why}; nothing was run`, {
      details: { retryAfterMs },
    });
  }
}
