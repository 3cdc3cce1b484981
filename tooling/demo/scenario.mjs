import { setTimeout as delay } from 'node:timers/promises';
import { STREAMS } from './data/records.mjs';
import { now } from './measure/clock.mjs';
import { balancersTable, seenOf, whyTriedAgain } from './runner/balancers.mjs';
import { findings } from './runner/findings.mjs';
import { count, duration, seconds } from './runner/format.mjs';
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
  // The subscribers and the servers subscribe to the publisher, which waits for all of them.
  const subscriptions = STREAM_NAMES.length + 3;
  const publisher = cast.start('publisher', ROLES.publisher, { subscriptions, atMost, replayMs });
  const jobs = cast.start('jobs', ROLES.pusher, { workers: WORKER_NAMES.length, atMost, spreadMs: replayMs });
  const stream = (await publisher.ready).address;

  const startServer = (/** @type {string} */ name, options = {}) =>
    cast.start(name, ROLES.server, { publisher: stream, ...options });
  const [first, second, third] = [startServer('server 1'), startServer('server 2'), startServer('server 3')];
  const { tasks, results } = await jobs.ready;
  const { address, metrics } = await second.ready;
  const servers = [
    { key: first.name, address: (await first.ready).address },
    { key: second.name, address },
    { key: third.name, address: (await third.ready).address },
  ];
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
  const killed = { key: first.name, at: now() };
  first.kill();
  await first.result;
  display.event('server 1 is killed (SIGKILL)');
  const gone = await seenByQueries(queries, killed, 'gone');
  if (gone !== undefined) display.event(`the balancer of the queries knew it after ${duration(gone)}`);

  await delay(downMs, undefined, { signal: cast.signal });
  const restarted = startServer('server 1', { address: (await first.ready).address, copyFrom: address });
  const { copied } = await restarted.ready;
  const back = seconds(now() - killed.at);
  display.event(`server 1 is back after ${back}, with ${count(copied)} records copied from server 2`);
  const returned = await seenByQueries(queries, killed, 'back');
  if (returned !== undefined) display.event('the balancer of the queries asks server 1 again, little at first');

  const received = await Promise.all(subscribers.map(({ result }) => result));
  const { published } = await publisher.result;
  const asked = await queries.result;
  const pushed = await jobs.result;
  const handled = await handledRequests(metrics);
  for (const child of [restarted, second, third, ...workers]) child.stop();
  const [seenByFirst, seenBySecond, seenByThird] = await Promise.all(
    [restarted, second, third].map(({ result }) => result),
  );
  const worked = await Promise.all(workers.map(({ result }) => result));

  const total = sum(Object.values(published));
  return {
    rows: [
      ...STREAM_NAMES.map((name, index) => ({ name, ...received[index], sent: published[name] })),
      { name: 'server 1 (killed)', sent: total, received: seenByFirst.records, lost: seenByFirst.lost },
      { name: 'server 2', sent: total, received: seenBySecond.records, lost: seenBySecond.lost },
      { name: 'server 3', sent: total, received: seenByThird.records, lost: seenByThird.lost },
      { name: 'queries', ...asked },
      { name: 'jobs', ...pushed, doubled: sum(worked.map(({ done }) => done)) - pushed.received },
    ],
    text: [
      `server 1 was killed and came back after ${back}. ${count(asked.lost)} of ${count(asked.sent)} queries failed.`,
      `Tried again on another server: ${whyTriedAgain(asked.balance)}.`,
      '',
      'Requests that each balancer sent to each server, and how long after the kill it saw server 1 gone, back and warmed up:',
      ...balancersTable(
        { queries: asked.balance, ...Object.fromEntries(workers.map(({ name }, n) => [name, worked[n].balance])) },
        killed,
      ).map((line) => `  ${line}`),
      '',
      `Jobs done by ${WORKER_NAMES.map((name) => `${name}: ${count(pushed.byWorker[name])}`).join(', ')}.`,
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
 * Waits until the balancer of the queries has seen what became of the server that was killed, or there are no more queries.
 *
 * @param {import('./runner/child.mjs').Child} queries
 * @param {import('./runner/balancers.mjs').Killed} killed
 * @param {'gone' | 'back'} what
 * @returns {Promise<number | undefined>} how long after the kill, in ms
 */
async function seenByQueries(queries, killed, what) {
  const seen = () => seenOf(queries.progress.balance, killed)[what];
  await Promise.race([queries.until(() => seen() !== undefined), queries.result]);
  return seen();
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
