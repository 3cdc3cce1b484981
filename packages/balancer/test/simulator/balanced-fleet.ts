import { LiberZMQError } from '@liberzmq/core';
import { LoadBalancedClient } from '../../src/load-balanced-client.js';
import type { BalancerStats } from '../../src/balancer-events.js';
import type { LoadBalancedClientOptions } from '../../src/balancer-options.js';
import { arrivals } from './fleet.js';
import { Latencies } from './latencies.js';
import { newTraffic, SimulatedRequester, type Traffic } from './simulated-requester.js';
import { SimulatedServer, type ServerModel } from './simulated-server.js';
import { Simulation } from './simulation.js';
import { inVirtualTime } from './virtual-time.js';

/** What comes to all servers together is counted in windows of so many ms. */
const FLEET_WINDOW_MS = 50;
/** What comes to one of them, which is a hundredth of that, in these. */
const SERVER_WINDOW_MS = 1_000;

/** After the last request was sent, all of them are waited for no longer than that. */
const PATIENCE_MS = 10_000;

/** Servers, and clients that ask them: the balancer itself, as users have it. */
export interface BalancedFleetOptions {
  readonly seed: number;
  readonly servers: readonly ServerModel[];
  readonly clients: number;
  /** Requests a second of each client, at random times (a Poisson process). */
  readonly rate: number;
  /** When the last request is sent. All are waited for. */
  readonly untilMs: number;
  /** What each client is made with, beside its members. */
  readonly options?: Omit<LoadBalancedClientOptions, 'addresses' | 'resolver'>;
  /** Says what else is to happen, before anything has. */
  readonly plan?: (servers: readonly SimulatedServer[]) => void;
}

/** What the requests of some time came to. */
export interface Outcomes {
  /** Which part of them had a result. */
  readonly succeeded: number;
  /** How long those took that had a result. */
  readonly latencies: Latencies;
  /** How long the one took that took longest, whatever it came to, in ms. */
  readonly longestMs: number;
  /** How many failed, by the code of the error. */
  readonly failures: Readonly<Record<string, number>>;
}

/** What has become of one request. */
interface Settled {
  readonly sentAt: number;
  readonly tookMs: number;
  /** Of its error, if there was one. */
  readonly code: string | undefined;
}

/** Everything that a fleet has done. */
interface FleetRecord {
  readonly servers: readonly SimulatedServer[];
  readonly traffic: Traffic;
  readonly trafficOf: readonly Traffic[];
  readonly stats: readonly BalancerStats[];
  readonly settled: readonly Settled[];
}

/** What a fleet has done. */
export class BalancedFleetReport {
  readonly servers: readonly SimulatedServer[];
  /** What has come to all servers together. */
  readonly traffic: Traffic;
  /** What has come to each of them. */
  readonly trafficOf: readonly Traffic[];
  /** Of each client, when the last request was sent. */
  readonly stats: readonly BalancerStats[];
  readonly #settled: readonly Settled[];

  constructor({ servers, traffic, trafficOf, stats, settled }: FleetRecord) {
    this.servers = servers;
    this.traffic = traffic;
    this.trafficOf = trafficOf;
    this.stats = stats;
    this.#settled = settled;
  }

  /** Requests that clients were given. */
  get requests(): number {
    return this.stats.reduce((sum, { requests }) => sum + requests, 0);
  }

  get retries(): number {
    return this.stats.reduce((sum, { retries }) => sum + retries, 0);
  }

  /** How often a client has left a server out. */
  get ejections(): number {
    return this.stats.reduce((sum, { members }) => sum + members.reduce((all, each) => all + each.ejections, 0), 0);
  }

  /** How many requests have come to an end. */
  get settled(): number {
    return this.#settled.length;
  }

  /** What became of those that were sent in this time. */
  sent(fromMs: number, untilMs: number): Outcomes {
    const latencies = new Latencies();
    const failures: Record<string, number> = {};
    let count = 0;
    let longestMs = 0;
    for (const { sentAt, tookMs, code } of this.#settled) {
      if (sentAt < fromMs || sentAt >= untilMs) continue;
      count += 1;
      longestMs = Math.max(longestMs, tookMs);
      if (code === undefined) latencies.record(tookMs);
      else failures[code] = (failures[code] ?? 0) + 1;
    }
    return { succeeded: latencies.count / count, latencies, longestMs, failures };
  }
}

/** Lets clients ask servers for a while. */
export async function runBalancedFleet(options: BalancedFleetOptions): Promise<BalancedFleetReport> {
  const { seed, plan, rate, untilMs } = options;
  const simulation = new Simulation(seed);
  const servers = options.servers.map((model) => new SimulatedServer(simulation, model));
  plan?.(servers);
  const traffic = newTraffic(FLEET_WINDOW_MS);
  const trafficOf = servers.map(() => newTraffic(SERVER_WINDOW_MS));
  const addresses = servers.map((server, n) => ({
    key: server.key,
    requester: new SimulatedRequester(simulation, server, [traffic, trafficOf[n]!]),
  }));
  const settled: Settled[] = [];
  return inVirtualTime(simulation, async () => {
    const clients = Array.from(
      { length: options.clients },
      () => new LoadBalancedClient({ ...options.options, addresses }),
    );
    for (const client of clients) {
      arrivals(simulation, rate, untilMs, () => {
        send(client, (outcome) => settled.push(outcome));
      });
    }
    await simulation.runWithPromises(untilMs);
    const stats = clients.map((client) => client.stats());
    const requests = stats.reduce((sum, each) => sum + each.requests, 0);
    const givenUpAt = untilMs + PATIENCE_MS;
    while (settled.length < requests && simulation.now < givenUpAt) {
      await simulation.runWithPromises(simulation.now + FLEET_WINDOW_MS);
    }
    const closed = Promise.all(clients.map((client) => client.close()));
    await simulation.runWithPromises(Infinity);
    await closed;
    return new BalancedFleetReport({ servers, traffic, trafficOf, stats, settled });
  });
}

function send(client: LoadBalancedClient, onSettled: (outcome: Settled) => void): void {
  const sentAt = performance.now();
  const end = (code: string | undefined): void => {
    onSettled({ sentAt, tookMs: performance.now() - sentAt, code });
  };
  client.sendRequest('work').then(
    () => {
      end(undefined);
    },
    (error: unknown) => {
      end(error instanceof LiberZMQError ? error.code : String(error));
    },
  );
}
