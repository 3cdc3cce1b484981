import { TimeoutError, type Requester, type RequestOptions } from '@liberzmq/core';
import type { Answer, SimulatedServer } from './simulated-server.js';
import type { Simulation } from './simulation.js';
import { Timeline } from './timeline.js';

/** How long a question and its answer are on their way, together, in ms. */
const ROUND_TRIP_MS = 1;

/** What comes to servers, of all clients together. Requests are counted with their retries, and whatever becomes of them. */
export interface Traffic {
  readonly requests: Timeline;
  readonly checks: Timeline;
}

/** Counts in windows of so many ms. */
export function newTraffic(windowMs: number): Traffic {
  return { requests: new Timeline(windowMs), checks: new Timeline(windowMs) };
}

/** The way to a simulated server that real clients have. All of them may share one. */
export class SimulatedRequester implements Requester {
  readonly #simulation: Simulation;
  readonly server: SimulatedServer;
  /** What comes to it is counted in each. */
  readonly #traffic: readonly Traffic[];

  constructor(simulation: Simulation, server: SimulatedServer, traffic: readonly Traffic[]) {
    this.#simulation = simulation;
    this.server = server;
    this.#traffic = traffic;
  }

  async sendRequest(action: string, _data: unknown, options: RequestOptions = {}): Promise<unknown> {
    const { timeoutMs = Infinity } = options;
    if (action === 'ping') return this.#check(timeoutMs);
    for (const { requests } of this.#traffic) requests.record(this.#simulation.now);
    return new Promise((resolve, reject) => {
      const tooLate = this.#simulation.after(timeoutMs, () => {
        reject(this.#tooLate(action));
      });
      this.server.serve((answer: Answer) => {
        this.#simulation.cancel(tooLate);
        this.#simulation.after(ROUND_TRIP_MS, () => {
          if ('error' in answer) reject(answer.error);
          else resolve(answer.result);
        });
      });
    });
  }

  async close(): Promise<void> {
    // There is nothing to be closed.
  }

  /** Checks are answered beside the work: they wait for no worker. */
  async #check(timeoutMs: number): Promise<unknown> {
    for (const { checks } of this.#traffic) checks.record(this.#simulation.now);
    const { absence } = this.server;
    const isSilent = absence === 'silent';
    return new Promise((resolve, reject) => {
      this.#simulation.after(isSilent ? timeoutMs : ROUND_TRIP_MS, () => {
        if (isSilent) reject(this.#tooLate('ping'));
        else if (absence === 'lost') reject(this.server.failure);
        else resolve({ status: absence === 'draining' ? 'DRAINING' : 'SERVING' });
      });
    });
  }

  #tooLate(action: string): TimeoutError {
    return new TimeoutError('TIMEOUT', `${this.server.key} has not answered '${action}' in time`);
  }
}
