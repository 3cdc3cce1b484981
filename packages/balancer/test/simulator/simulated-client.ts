import { PeakLatency } from '../../src/peak-ewma-latency.js';
import type { Candidate, MakeStrategy, Strategy } from '../../src/strategies/strategy.js';
import type { Answer, SimulatedServer } from './simulated-server.js';
import type { Simulation } from './simulation.js';

/** A server as one client sees it: what it knows of its own requests, and nothing else. */
export class SimulatedMember implements Candidate {
  readonly #simulation: Simulation;
  readonly #latency = new PeakLatency();
  readonly server: SimulatedServer;
  readonly weight: number;
  pending = 0;

  constructor(simulation: Simulation, server: SimulatedServer, weight: number) {
    this.#simulation = simulation;
    this.server = server;
    this.weight = weight;
  }

  get key(): string {
    return this.server.key;
  }

  get latencyMs(): number {
    return this.#latency.at(this.#simulation.now);
  }

  /** Has taken so long to answer. */
  observe(ms: number): void {
    this.#latency.observe(ms, this.#simulation.now);
  }
}

/** A client with a strategy of its own. It asks once, and waits for ever. */
export class SimulatedClient {
  readonly #simulation: Simulation;
  readonly #strategy: Strategy;
  /** Those that may be asked. Another array takes its place when they change. */
  members: readonly SimulatedMember[];

  constructor(simulation: Simulation, makeStrategy: MakeStrategy, members: readonly SimulatedMember[]) {
    this.#simulation = simulation;
    const random = simulation.fork();
    this.#strategy = makeStrategy(() => random.next());
    this.members = members;
  }

  /** @param settled is told when the answer has come, and how long that took. */
  send(hashKey: string | undefined, settled: (answer: Answer, tookMs: number) => void): void {
    const request = { action: 'work', hashKey };
    const member = this.#strategy.pick(this.members, request);
    const sentAt = this.#simulation.now;
    member.pending += 1;
    member.server.serve((answer) => {
      const tookMs = this.#simulation.now - sentAt;
      member.pending -= 1;
      member.observe(tookMs);
      settled(answer, tookMs);
    });
  }
}
