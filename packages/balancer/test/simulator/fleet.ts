import type { MakeStrategy } from '../../src/strategies/strategy.js';
import { exponential } from './distributions.js';
import { Latencies } from './latencies.js';
import { SimulatedClient, SimulatedMember } from './simulated-client.js';
import { SimulatedServer, type ServerModel } from './simulated-server.js';
import { Simulation } from './simulation.js';

/** Servers, and clients that ask them. */
export interface FleetOptions {
  readonly seed: number;
  readonly makeStrategy: MakeStrategy;
  readonly servers: readonly ServerModel[];
  /** Of each server, as all clients have it. 1 if left out. */
  readonly weights?: readonly number[];
  readonly clients: number;
  /** Requests a second of each client, at random times (a Poisson process). */
  readonly rate: number;
  /** Requests that are sent before this time count for nothing. 0 if left out. */
  readonly warmUpMs?: number;
  /** When the last request is sent. All are waited for. */
  readonly untilMs: number;
  /** Says what else is to happen, before anything has. */
  readonly plan?: (simulation: Simulation, servers: readonly SimulatedServer[]) => void;
}

/** What became of the requests that count. */
export interface FleetReport {
  readonly latencies: Latencies;
  /** Requests with a result, by server. */
  readonly served: readonly number[];
  readonly failed: number;
}

/** Lets clients ask servers for a while. */
export function runFleet(options: FleetOptions): FleetReport {
  const { seed, makeStrategy, weights, clients, rate, warmUpMs = 0, untilMs, plan } = options;
  const simulation = new Simulation(seed);
  const servers = options.servers.map((model) => new SimulatedServer(simulation, model));
  plan?.(simulation, servers);
  const latencies = new Latencies();
  const served = new Map(servers.map(({ key }) => [key, { count: 0 }]));
  let failed = 0;
  for (let n = 0; n < clients; n += 1) {
    const members = servers.map((server, at) => new SimulatedMember(simulation, server, weights?.[at] ?? 1));
    const client = new SimulatedClient(simulation, makeStrategy, members);
    arrivals(simulation, rate, untilMs, () => {
      const counts = simulation.now >= warmUpMs;
      client.send(undefined, (answer, tookMs) => {
        if (!counts) return;
        latencies.record(tookMs);
        if ('error' in answer) failed += 1;
        else served.get(answer.result)!.count += 1;
      });
    });
  }
  simulation.run(Infinity);
  return { latencies, served: [...served.values()].map(({ count }) => count), failed };
}

/** Has something happen at random times: a Poisson process. */
export function arrivals(simulation: Simulation, rate: number, untilMs: number, arrive: () => void): void {
  const random = simulation.fork();
  const pause = exponential(1_000 / rate);
  const next = (): void => {
    const timeMs = simulation.now + pause(random);
    if (timeMs > untilMs) return;
    simulation.at(timeMs, () => {
      arrive();
      next();
    });
  };
  next();
}
