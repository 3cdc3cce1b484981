import { setTimeout as delay } from 'node:timers/promises';
import { LiberZMQError } from '@liberzmq/core';
import { typedClient } from '@liberzmq/validation';
import { contract } from '../contract.mjs';
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
  const requester = new Failover(servers, runner.tracing);
  const client = typedClient(requester, contract);
  let asked = 0;
  let answered = 0;
  let complete = false;
  runner.showsProgress(() => ({
    answered,
    askedAgain: Object.values(requester.askedAgain).reduce((sum, count) => sum + count, 0),
  }));
  runner.onStop(() => client.close({ drain: false }));

  /**
   * @template T
   * @param {() => Promise<T>} ask
   * @returns {Promise<T | undefined>} `undefined` if no server has answered: that query is lost
   */
  async function answerTo(ask) {
    asked += 1;
    try {
      const answer = await ask();
      answered += 1;
      return answer;
    } catch (error) {
      if (!(error instanceof LiberZMQError) || error.outcome === 'answered' || error.code === 'CLOSED') throw error;
      return undefined;
    }
  }

  /** Asks for one topic after the other, and takes the time of it. */
  async function read() {
    while (!complete) {
      const topics = (await answerTo(() => client.topics())) ?? [];
      for (const topic of topics) {
        if (complete) return;
        const start = now();
        await answerTo(() => client.summary(topic));
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
      const answer = await answerTo(() => client.waitFor(wanted));
      complete ||= answer?.complete === true;
    }
  }

  const start = now();
  try {
    await requester.connect();
    await runner.ready({});
    await Promise.all([...READERS.map(read), ...WATCHERS.map(watch)]);
  } finally {
    await client.close();
  }
  const { askedAgain } = requester;
  const perSecond = (answered * 1_000) / (now() - start);
  return { sent: asked, received: answered, lost: asked - answered, askedAgain, perSecond, latency };
});
