import { setTimeout as delay } from 'node:timers/promises';
import { STREAMS } from './data/records.mjs';
import { findings } from './runner/findings.mjs';
import { count } from './runner/format.mjs';
import { logSentence } from './runner/log.mjs';
import { handledRequests } from './runner/metrics.mjs';
import { traceTree } from './runner/trace.mjs';

const ROLES = {
  publisher: new URL('./roles/publisher.mjs', import.meta.url),
  subscriber: new URL('./roles/subscriber.mjs', import.meta.url),
  server: new URL('./roles/server.mjs', import.meta.url),
  queryClient: new URL('./roles/query-client.mjs', import.meta.url),
  pusher: new URL('./roles/pusher.mjs', import.meta.url),
  worker: new URL('./roles/worker.mjs', import.meta.url),
};
const KILLED_AT = 0.4;
const STREAM_NAMES = Object.keys(STREAMS);
const WORKER_NAMES = ['worker 1', 'worker 2', 'worker 3'];

/**
 * How much is replayed and how fast: records of each stream, the time for all, and how long the killed server stays away.
 *
 * @typedef {{ atMost: number, replayMs: number, downMs: number }} Settings
 */

/**
 * What happens in the demo, from the first process to the last.
 *
 * @param {import('./runner/cast.mjs').Cast} cast
 * @param {import('./runner/display.mjs').Display} display
 * @param {Settings} settings
 * @returns {Promise<{ rows: import('./runner/summary.mjs').Row[], text: string[] }>}
 */
export async function perform(cast, display, { atMost, replayMs, downMs }) {
  // The three subscribers and the two servers subscribe to the publisher, which waits for all of them.
  const subscriptions = STREAM_NAMES.length + 2;
  const publisher = cast.start('publisher', ROLES.publisher, { subscriptions, atMost, replayMs });
  const jobs = cast.start('jobs', ROLES.pusher, { workers: WORKER_NAMES.length, atMost, spreadMs: replayMs });
  const stream = (await publisher.ready).address;

  const first = cast.start('server 1', ROLES.server, { publisher: stream });
  const second = cast.start('server 2', ROLES.server, { publisher: stream });
  const { tasks, results } = await jobs.ready;
  const { address, metrics } = await second.ready;
  const servers = [(await first.ready).address, address];
  const workers = WORKER_NAMES.map((name) => cast.start(name, ROLES.worker, { name, tasks, results, servers }));
  const queries = cast.start('queries', ROLES.queryClient, { servers });
  await queries.ready;

  // They come last, so that the replay begins when everybody else is ready.
  const subscribers = STREAM_NAMES.map((name) =>
    cast.start(name, ROLES.subscriber, { stream: name, publisher: stream }),
  );
  display.event(`${cast.running.length} processes exchange data; the replay begins`);
  display.event(`metrics of server 2, for Prometheus: ${metrics}`);

  await publisher.until(({ published, total }) => published >= total * KILLED_AT);
  first.kill();
  await first.result;
  const killed = performance.now();
  display.event('server 1 is killed (SIGKILL)');

  await delay(downMs, undefined, { signal: cast.signal });
  const options = { publisher: stream, address: servers[0], copyFrom: servers[1] };
  const restarted = cast.start('server 1', ROLES.server, options);
  const { copied } = await restarted.ready;
  const back = `${((performance.now() - killed) / 1_000).toFixed(1)} s`;
  display.event(`server 1 is back after ${back}, with ${count(copied)} records copied from server 2`);

  const received = await Promise.all(subscribers.map(({ result }) => result));
  const { published } = await publisher.result;
  const asked = await queries.result;
  const pushed = await jobs.result;
  const handled = await handledRequests(metrics);
  for (const child of [restarted, second, ...workers]) child.stop();
  const [seenByFirst, seenBySecond] = await Promise.all([restarted.result, second.result]);
  const worked = await Promise.all(workers.map(({ result }) => result));

  const total = sum(Object.values(published));
  return {
    rows: [
      ...STREAM_NAMES.map((name, index) => ({ name, ...received[index], sent: published[name] })),
      { name: 'server 1 (killed)', sent: total, received: seenByFirst.records, lost: seenByFirst.lost },
      { name: 'server 2', sent: total, received: seenBySecond.records, lost: seenBySecond.lost },
      { name: 'queries', ...asked },
      { name: 'jobs', ...pushed, doubled: sum(worked.map(({ done }) => done)) - pushed.received },
    ],
    text: [
      killedSentence(asked, back),
      `Done by ${WORKER_NAMES.map((name) => `${name}: ${count(pushed.byWorker[name])}`).join(', ')}.`,
      '',
      ...findings(
        Object.fromEntries(STREAM_NAMES.map((name, index) => [name, received[index].aggregates])),
        pushed.longestDelay,
      ),
      '',
      'What server 2 told Prometheus of the requests that it has handled:',
      ...handled.map((line) => `  ${line}`),
      '',
      'One trace, with when each span began and what it took:',
      ...traceTree(cast.spans).map((line) => `  ${line}`),
      '',
      logSentence(cast.logFile),
    ],
  };
}

/**
 * @param {{ askedAgain: Record<string, number> }} queries
 * @param {string} back
 */
function killedSentence({ askedAgain }, back) {
  const reasons = Object.entries(askedAgain).map(([code, times]) => `${times} with ${code}`);
  return `server 1 was killed and came back after ${back}. Queries asked again: ${reasons.join(', ') || 'none'}.`;
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
