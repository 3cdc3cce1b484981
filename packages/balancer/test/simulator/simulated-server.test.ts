import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from '@liberzmq-tooling/testkit';
import { STRATEGIES } from '../../src/strategies/strategies.js';
import { constant, exponential, lognormal, lognormalMeanMs, type Distribution } from './distributions.js';
import { runFleet } from './fleet.js';
import { Latencies } from './latencies.js';
import { SimulatedServer, type ServerModel } from './simulated-server.js';
import { Simulation } from './simulation.js';

/** A server, and when it has answered what. */
function served(
  model: Partial<ServerModel>,
  use: (server: SimulatedServer, send: () => void, simulation: Simulation) => void,
): unknown[] {
  const simulation = new Simulation(1);
  const server = new SimulatedServer(simulation, { key: 's', workers: 2, workMs: constant(10), ...model });
  const answers: unknown[] = [];
  use(
    server,
    () => {
      server.serve((answer) => {
        answers.push([simulation.now, 'error' in answer ? answer.error.message : answer.result]);
      });
    },
    simulation,
  );
  simulation.run(Infinity);
  expect([server.working, server.queued, server.served + server.failed]).toEqual([0, 0, answers.length]);
  return answers;
}

describe('a simulated server', () => {
  it('works on as many as it has workers, and on others in turn', () => {
    const answers = served({}, (server, send) => {
      for (let n = 0; n < 5; n += 1) send();
      expect([server.working, server.queued]).toEqual([2, 3]);
    });
    expect(answers).toEqual([10, 10, 20, 20, 30].map((time) => [time, 's']));
  });

  it('refuses at once what finds no room in its queue', () => {
    const answers = served({ queueLimit: 1 }, (_server, send) => {
      for (let n = 0; n < 4; n += 1) send();
    });
    expect(answers).toEqual([
      [0, 's refuses'],
      [10, 's'],
      [10, 's'],
      [20, 's'],
    ]);
  });

  it('takes longer for what begins while it is slow', () => {
    const answers = served({ workers: 10 }, (server, send, simulation) => {
      server.brownOut(5, 20, 10);
      for (const time of [0, 6, 19, 21]) simulation.at(time, send);
    });
    expect(answers).toEqual([10, 31, 106, 119].map((time) => [time, 's']));
  });

  it('fails as often as it is told to', () => {
    const answers = served({ failureRate: 0.2, workers: Infinity }, (_server, send) => {
      for (let n = 0; n < 5_000; n += 1) send();
    });
    expect(answers.filter((answer) => (answer as [number, string])[1] === 's fails').length / 5_000).toBeCloseTo(
      0.2,
      1,
    );
  });
});

/** Erlang's C: how probable it is that a request has to wait for one of c workers, if so many are busy on average. */
function waitingProbability(workers: number, busy: number): number {
  let term = 1;
  let sum = 0;
  for (let n = 0; n < workers; n += 1) {
    sum += term;
    term *= busy / (n + 1);
  }
  const full = term / (1 - busy / workers);
  return full / (sum + full);
}

describe('a fleet', () => {
  it.each([
    [1, 0.5],
    [4, 0.8],
    [16, 0.9],
  ])(
    'of one server with %d workers, busy to %d, has requests wait as long as theory says (Erlang 1917)',
    (workers, utilisation) => {
      const meanMs = 10;
      const { latencies } = runFleet({
        seed: 1,
        makeStrategy: STRATEGIES.round_robin,
        servers: [{ key: 's', workers, workMs: exponential(meanMs) }],
        clients: 5,
        rate: ((workers * utilisation) / meanMs) * (1_000 / 5),
        warmUpMs: 2_000,
        untilMs: 2_000 + (150_000 / workers / utilisation) * meanMs,
      });
      const waitMs = (waitingProbability(workers, workers * utilisation) * meanMs) / (workers * (1 - utilisation));
      expect(Math.abs(latencies.meanMs / (meanMs + waitMs) - 1)).toBeLessThan(0.05);
    },
  );

  it('does the same with the same seed, and something else with another', () => {
    const p99 = (seed: number): number =>
      runFleet({
        seed,
        makeStrategy: STRATEGIES.two_choices,
        servers: ['a', 'b', 'c'].map((key) => ({ key, workers: 2, workMs: lognormal(10, 0.5) })),
        clients: 3,
        rate: 100,
        untilMs: 3_000,
      }).latencies.quantile(0.99);
    expect(p99(1)).toBe(p99(1));
    expect(p99(1)).not.toBe(p99(2));
  });
});

describe('what is drawn', () => {
  it.each<[string, Distribution, number, number, number]>([
    ['constant', constant(7), 7, 7, 7],
    // The quantiles: median, and 1 of 100.
    ['exponential', exponential(10), 10, 10 * Math.LN2, 10 * Math.log(100)],
    ['lognormal', lognormal(20, 0.5), lognormalMeanMs(20, 0.5), 20, 20 * Math.exp(0.5 * 2.326)],
  ])('%s has the mean and the quantiles that it should', (_name, draw, mean, median, p99) => {
    const random = new SeededRandom(1);
    const latencies = new Latencies();
    for (let n = 0; n < 50_000; n += 1) latencies.record(draw(random));
    expect(latencies.count).toBe(50_000);
    for (const [got, expected] of [
      [latencies.meanMs, mean],
      [latencies.quantile(0.5), median],
      [latencies.quantile(0.99), p99],
    ] as const) {
      expect(Math.abs(got / expected - 1)).toBeLessThan(0.04);
    }
  });

  it('has quantiles by the nearest rank, and none if there is nothing', () => {
    const latencies = new Latencies();
    expect(latencies.quantile(0.5)).toBeNaN();
    for (const ms of [40, 10, 30, 20]) latencies.record(ms);
    expect([0, 0.25, 0.26, 0.5, 0.99, 1].map((part) => latencies.quantile(part))).toEqual([10, 10, 20, 20, 40, 40]);
  });
});
