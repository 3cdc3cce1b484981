import { afterAll, beforeAll } from '@jest/globals';
import { TimerWatch } from './timer-watch.js';

const OPEN_ENDPOINTS = Symbol.for('@liberzmq/open-endpoints');
const PATIENCE_MS = 2_000;
const POLL_MS = 10;

/** What outlives a test and keeps a process alive, as Node names it. Timers are watched one by one. */
const WATCHED = /^(TCP\w*|Pipe\w*|UDP\w*|TLS\w*|Process\w*|ChildProcess|Worker|FSEvent\w*|StatWatcher)$/;

type Counts = ReadonlyMap<string, number>;

/**
 * Fails a test file that leaves a timer, a socket, a child process, an endpoint of ours or a listener on `process`
 * behind. What is closing is given two seconds. Call it once, at the top level of a setup file.
 */
export function installLeakGuard(): void {
  const sleep = setTimeout;
  const timers = new TimerWatch();
  timers.install();
  let before: Counts = new Map();

  beforeAll(() => {
    before = takeStock();
  });

  afterAll(async () => {
    const deadline = performance.now() + PATIENCE_MS;
    const takeLeft = () => [...timers.running(), ...excess(takeStock(), before)];
    let left = takeLeft();
    while (left.length > 0 && performance.now() < deadline) {
      await new Promise((resolve) => sleep(resolve, POLL_MS));
      left = takeLeft();
    }
    if (left.length > 0) throw new Error(['this file leaves something open:', ...left].join('\n  '));
  });
}

function takeStock(): Counts {
  const counts = new Map<string, number>();
  const add = (name: string, count = 1) => counts.set(name, (counts.get(name) ?? 0) + count);
  for (const resource of process.getActiveResourcesInfo()) if (WATCHED.test(resource)) add(resource);
  for (const event of process.eventNames()) add(`process.on('${String(event)}')`, process.listenerCount(event));
  for (const endpoint of openEndpoints()) add(`endpoint ${describe(endpoint)}`);
  return counts;
}

function openEndpoints(): Iterable<unknown> {
  const open: unknown = Reflect.get(globalThis, OPEN_ENDPOINTS);
  return open !== null && typeof open === 'object' && Symbol.iterator in open ? (open as Iterable<unknown>) : [];
}

function describe(endpoint: unknown): string {
  return typeof endpoint === 'string' ? endpoint : ((endpoint as object | null)?.constructor.name ?? String(endpoint));
}

function excess(now: Counts, before: Counts): string[] {
  return [...now].flatMap(([name, count]) => {
    const more = count - (before.get(name) ?? 0);
    return more > 0 ? [more === 1 ? name : `${name} x ${more}`] : [];
  });
}
