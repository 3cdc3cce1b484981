import { setTimeout as delay } from 'node:timers/promises';
import { Puller, Pusher, TimeoutError } from '@liberzmq/core';
import { typedPuller, typedPusher } from '@liberzmq/validation';
import { contract } from '../contract.mjs';
import { makeJobs } from '../data/jobs.mjs';
import { now } from '../measure/clock.mjs';
import { Histogram } from '../measure/histogram.mjs';
import { countEvents } from './count-events.mjs';
import { play } from './role.mjs';

const BATCH = 20;
// No result for so long means that what is still out is lost.
const RESULT_TIMEOUT_MS = 15_000;

/** @typedef {import('@liberzmq/validation').Output<typeof contract.tasks.result.data>} Result */
/** @typedef {{ workers: number, atMost: number, spreadMs: number }} Options */

/** Hands out jobs in batches, collects the results, and checks that each job was done exactly once. */
await play(async (/** @type {Options} */ { workers, atMost, spreadMs }, runner) => {
  const jobs = makeJobs(atMost);
  const latency = new Histogram();
  /** @type {Map<string, number>} When each job that is out was pushed. */
  const out = new Map();
  /** @type {Record<string, number>} */
  const byWorker = {};
  let done = 0;
  /** @type {Result | undefined} */
  let longestDelay;
  runner.showsProgress(() => ({ done, total: jobs.length, byWorker }));

  const pusher = new Pusher({ address: 'tcp://127.0.0.1:*' }).addMiddleware(runner.tracing);
  const results = new Puller({ address: 'tcp://127.0.0.1:*', bind: true }).addMiddleware(runner.tracing);
  const jobSender = typedPusher(pusher, contract);
  const resultReceiver = typedPuller(results, contract);
  runner.onStop(() => Promise.all([pusher.close({ drain: false }), results.close({ drain: false })]));

  async function handOut() {
    for (let first = 0; first < jobs.length; first += BATCH) {
      const batch = jobs.slice(first, first + BATCH);
      for (const { id } of batch) out.set(id, now());
      await jobSender.pushBatch(batch.map(({ id, delays }) => ({ type: 'confidence', id, data: delays })));
      await delay((spreadMs * batch.length) / jobs.length, undefined, { signal: runner.signal });
    }
  }

  async function collect() {
    while (done < jobs.length) {
      const { type, data: result } = await resultReceiver.pullTask({ timeoutMs: RESULT_TIMEOUT_MS });
      if (type !== 'result') continue;
      const pushed = out.get(result.id);
      if (pushed === undefined) continue;
      out.delete(result.id);
      done += 1;
      latency.record(now() - pushed);
      byWorker[result.worker] = (byWorker[result.worker] ?? 0) + 1;
      if (result.interval.low > (longestDelay?.interval.low ?? -Infinity)) longestDelay = result;
    }
  }

  let start = NaN;
  try {
    const allConnected = countEvents(pusher, 'connected', workers, runner.signal);
    await Promise.all([pusher.connect(), results.connect()]);
    await runner.ready({ tasks: pusher.boundAddress, results: results.boundAddress });
    await allConnected;
    start = now();
    await Promise.all([handOut(), collect()]);
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
  } finally {
    await Promise.all([pusher.close(), results.close()]);
  }
  return {
    sent: jobs.length,
    received: done,
    lost: jobs.length - done,
    perSecond: (done * 1_000) / (now() - start),
    latency,
    byWorker,
    longestDelay,
  };
});
