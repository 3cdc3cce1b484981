import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../measure/clock.mjs';
import { Histogram } from '../measure/histogram.mjs';
import { Failover } from './failover.mjs';
import { play } from './role.mjs';

const READERS = [0, 1, 2, 3];
const WATCHERS = [0, 1, 2, 3];
const PAUSE_MS = 20;
const RECORDS_A_STEP = 100;

/** Asks two servers what they have seen, until all has been. */
await play(async (/** @type {{ servers: string[] }} */ { servers }, runner) => {
  const latency = new Histogram();
  const requester = new Failover(servers);
  let complete = false;
  runner.showsProgress(() => ({
    answered: requester.answered,
    askedAgain: Object.values(requester.askedAgain).reduce((sum, count) => sum + count, 0),
  }));
  runner.onStop(() => requester.close({ drain: false }));

  /** @param {number} turn asks for one topic after the other, and takes the time of it */
  async function read(turn) {
    while (!complete) {
      const topics = /** @type {string[] | undefined} */ (await requester.ask(turn, 'topics')) ?? [];
      for (const topic of topics) {
        if (complete) return;
        turn += 1;
        const start = now();
        await requester.ask(turn, 'summary', topic);
        latency.record(now() - start);
        await delay(PAUSE_MS);
      }
      await delay(PAUSE_MS);
    }
  }

  /** @param {number} turn asks to be told when so many records have been seen, so that a query is always under way */
  async function watch(turn) {
    let wanted = (turn * RECORDS_A_STEP) / WATCHERS.length;
    while (!complete) {
      wanted += RECORDS_A_STEP;
      const answer = /** @type {{ complete: boolean } | undefined} */ (await requester.ask(turn, 'waitFor', wanted));
      complete ||= answer?.complete === true;
    }
  }

  const start = now();
  try {
    await requester.connect();
    await runner.ready({});
    await Promise.all([...READERS.map(read), ...WATCHERS.map(watch)]);
  } finally {
    await requester.close();
  }
  const { asked, answered, askedAgain } = requester;
  const perSecond = (answered * 1_000) / (now() - start);
  return { sent: asked, received: answered, lost: asked - answered, askedAgain, perSecond, latency };
});
