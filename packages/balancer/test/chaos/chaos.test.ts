import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { configureLogging } from '@liberzmq/core';
import { LoadBalancedClient } from '../../src/index.js';
import { ChaosServer } from './chaos-server.js';
import { SteadyLoad, type Done } from './steady-load.js';

configureLogging({ level: 'silent' });

const SECONDS = Number(process.env.CHAOS_SECONDS ?? 12);
const LONGEST_MS = SECONDS * 2_000 + 60_000;
const IS_LONG = SECONDS >= 30;

const READS_PER_SECOND = 5_000;
const WRITES_PER_SECOND = 200;
const TIMEOUT_MS = 5_000;
const HEALTH_CHECK = { intervalMs: 1_000, timeoutMs: 500, unhealthyAfter: 2 };
const STOP_MS = 5_000;
/** In a long run for more than the time of a request: what clings to a server that is down fails then. */
const DOWN_MS = IS_LONG ? TIMEOUT_MS + 1_000 : 500;
const CALM_MS = 500;
/** So long before a fault, and after its end, is still around it. */
const MARGIN_MS = 200;
/** How long what is back may take to be asked again: connections are made anew after up to 0.5 s here, checks come every second. */
const PATIENCE_MS = 15_000;
/** About so long a round takes. */
const ROUND_MS = STOP_MS + 2 * DOWN_MS + 3_000;

/** What the next fault does is to be seen, not what is left of the one before, or of a start on a machine that has much to do. */
const CALM_P99_MS = 100;

const KILL_P99_MS = 1_000;
const STOP_P99_MS = HEALTH_CHECK.intervalMs;

interface Span {
  readonly fault: 'killed' | 'stopped' | 'closed';
  readonly server: number;
  readonly from: number;
  readonly to: number;
}

const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function startServers(): Promise<ChaosServer[]> {
  const directory = await mkdtemp(join(tmpdir(), 'liberzmq-chaos-'));
  opened.push({ [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) });
  const servers = [0, 1, 2].map((n) => new ChaosServer(join(directory, `runs-${n}`), LONGEST_MS));
  opened.push(...servers);
  await Promise.all(servers.map((server) => server.start()));
  return servers;
}

async function connectTo(servers: readonly ChaosServer[]): Promise<LoadBalancedClient> {
  const client = new LoadBalancedClient({
    addresses: servers.map(({ address }) => address),
    idempotent: true,
    timeoutMs: TIMEOUT_MS,
    healthCheck: HEALTH_CHECK,
    client: { reconnectMaxIntervalMs: 500 },
  });
  opened.push({ [Symbol.asyncDispose]: () => client.close({ timeoutMs: 0 }) });
  await client.connect();
  await allAreAsked(client);
  return client;
}

/** Waits until no server is left out. */
async function allAreAsked(client: LoadBalancedClient): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  const others = (): unknown[] =>
    client.stats().members.filter(({ state }) => state !== 'healthy' && state !== 'warming');
  while (others().length > 0) {
    if (performance.now() > until) throw new Error(`still not asked: ${JSON.stringify(others())}`);
    await pass(10);
  }
}

/** Waits until what is sent is answered at once. */
async function allIsCalm(load: SteadyLoad): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  while (!load.isCalm(CALM_P99_MS)) {
    if (performance.now() > until) throw new Error(`of ${load.sent} requests ${load.done.length} have ended: no calm`);
    await pass(50);
  }
}

/** One fault after the other, each of another server, and all of them back before the next. */
async function round(
  n: number,
  servers: readonly ChaosServer[],
  client: LoadBalancedClient,
  load: SteadyLoad,
): Promise<Span[]> {
  const faults = {
    killed: async (server: ChaosServer) => {
      await server.kill();
      await pass(DOWN_MS);
      await server.start();
    },
    stopped: async (server: ChaosServer) => {
      server.signal('SIGSTOP');
      await pass(STOP_MS);
      server.signal('SIGCONT');
    },
    closed: async (server: ChaosServer) => {
      expect(await server.close()).toBe(0);
      await pass(DOWN_MS);
      await server.start();
    },
  };
  const spans: Span[] = [];
  for (const [place, fault] of (['killed', 'stopped', 'closed'] as const).entries()) {
    await pass(CALM_MS);
    await allIsCalm(load);
    await allAreAsked(client);
    const server = (n + place) % servers.length;
    const from = performance.now();
    await faults[fault](servers[server] as ChaosServer);
    await allAreAsked(client);
    spans.push({ fault, server, from, to: performance.now() });
  }
  await pass(CALM_MS);
  return spans;
}

const brief = ({ n, error, startedAt, tookMs }: Done): unknown => ({
  n,
  code: error?.code,
  outcome: error?.outcome,
  message: error?.message,
  startedAt: Math.round(startedAt),
  tookMs: Math.round(tookMs),
});

const idOf = (n: number): string => `w${n}`;

function countOf(ids: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

it(
  'servers are killed, stopped and closed under load: nothing that may be tried again fails, nothing else runs twice',
  async () => {
    const servers = await startServers();
    const client = await connectTo(servers);
    const reads = new SteadyLoad(READS_PER_SECOND, (n) => client.sendRequest('read', { n }, { timeoutMs: TIMEOUT_MS }));
    const writes = new SteadyLoad(WRITES_PER_SECOND, (n) =>
      client.sendRequest('write', { id: idOf(n) }, { timeoutMs: TIMEOUT_MS, idempotent: false }),
    );
    opened.push({ [Symbol.asyncDispose]: () => Promise.all([reads.stop(), writes.stop()]).then(() => undefined) });
    const from = performance.now();
    reads.start();
    writes.start();
    const spans: Span[] = [];
    const until = from + SECONDS * 1_000;
    // In the next round, each server fares otherwise.
    for (let n = 0; n === 0 || performance.now() + ROUND_MS / 2 < until; n += 1) {
      spans.push(...(await round(n, servers, client, reads)));
    }
    await pass(Math.max(0, until - performance.now()));
    const to = performance.now();
    await Promise.all([reads.stop(), writes.stop()]);
    const stats = client.stats();
    await client.close();
    // What a server still has to run of what was given up is run before it ends.
    for (const server of servers) expect(await server.close()).toBe(0);
    const runs = countOf((await Promise.all(servers.map((server) => server.runs()))).flat());

    const around = spans.map((span) => {
      const quantile = (part: number): number => reads.quantile(part, span.from - MARGIN_MS, span.to + MARGIN_MS);
      return { ...span, p50: quantile(0.5), p99: quantile(0.99), longest: quantile(1) };
    });
    if (process.env.CHAOS_SECONDS !== undefined) {
      const figures = {
        seconds: (to - from) / 1_000,
        reads: reads.sent,
        writes: writes.sent,
        failedReads: reads.failed.length,
        failedWrites: [
          ...countOf(
            writes.failed.map(
              ({ n, error }) => `${error.code} ${error.outcome} ${runs.has(idOf(n)) ? 'run' : 'not run'}`,
            ),
          ),
        ],
        p50: reads.quantile(0.5, from, to),
        p99: reads.quantile(0.99, from, to),
        retries: stats.retries,
        retriesRefused: stats.retriesRefused,
        around: around.map(({ fault, server, from, to, p50, p99, longest }) =>
          [fault, server, Math.round(to - from), ...[p50, p99, longest].map((time) => time.toFixed(1))].join(' '),
        ),
      };
      process.stderr.write(`${JSON.stringify(figures, undefined, 2)}\n`);
    }

    expect(reads.failed.map(brief).slice(0, 10)).toEqual([]);
    expect([...runs].filter(([, count]) => count > 1)).toEqual([]);
    const untrue = writes.failed.filter(({ n, error }) => error.outcome !== 'unknown' && runs.has(idOf(n)));
    expect(untrue.map(brief)).toEqual([]);
    const lost = writes.done.filter(({ n, error }) => error === undefined && !runs.has(idOf(n)));
    expect(lost.map(brief)).toEqual([]);
    for (const { fault, p99 } of around) {
      if (fault === 'killed') expect(p99).toBeLessThan(KILL_P99_MS);
      if (fault === 'stopped') expect(p99).toBeLessThan(STOP_P99_MS);
    }
    expect([reads.done.length, writes.done.length]).toEqual([reads.sent, writes.sent]);
    // It was the load that it is said to be, or nearly.
    const seconds = (to - from) / 1_000;
    expect(reads.sent).toBeGreaterThan(0.5 * READS_PER_SECOND * seconds);
    expect(writes.sent).toBeGreaterThan(0.5 * WRITES_PER_SECOND * seconds);
  },
  LONGEST_MS,
);
