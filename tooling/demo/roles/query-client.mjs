import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionError, TimeoutError } from '@liberzmq/core';
import { typedClient } from '@liberzmq/validation';
import { contract } from '../contract.mjs';
import { now } from '../measure/clock.mjs';
import { Histogram } from '../measure/histogram.mjs';
import { watchBalancer } from '../observe/balancer.mjs';
import { balancedServers } from './balanced-servers.mjs';
import { play } from './role.mjs';

const READERS = 4;
const WATCHERS = 10;
const PAUSE_MS = 20;
const RECORDS_A_STEP = 100;

/** Asks three servers, through a balancer, what they have seen, until all has been. */
await play(async (/** @type {{ servers: import('./balanced-servers.mjs').Member[] }} */ { servers }, runner) => {
  const latency = new Histogram();
  const balancer = balancedServers(servers, runner.tracing);
  const balance = watchBalancer(balancer);
  const client = typedClient(balancer, contract);
  let asked = 0;
  let answered = 0;
  let failed = 0;
  let complete = false;
  runner.showsProgress(() => ({ answered, failed, balance: balance() }));
  runner.onStop(() => client.close({ drain: false }));

  /**
   * @template T
   * @param {() => Promise<T>} ask
   * @returns {Promise<T | undefined>} `undefined` if no server has answered: that query has failed
   */
  async function answerTo(ask) {
    asked += 1;
    try {
      const answer = await ask();
      answered += 1;
      return answer;
    } catch (error) {
      const isLost = error instanceof ConnectionError || error instanceof TimeoutError;
      if (!isLost || error.code === 'CLOSED') throw error;
      failed += 1;
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
    let wanted = (turn * RECORDS_A_STEP) / WATCHERS;
    while (!complete) {
      wanted += RECORDS_A_STEP;
      const answer = await answerTo(() => client.waitFor(wanted));
      complete ||= answer?.complete === true;
    }
  }

  const start = now();
  try {
    await balancer.connect();
    await runner.ready({});
    await Promise.all([...times(READERS, read), ...times(WATCHERS, watch)]);
  } finally {
    await client.close();
  }
  const perSecond = (answered * 1_000) / (now() - start);
  return { sent: asked, received: answered, lost: asked - answered, perSecond, latency, balance: balance() };
});

/**
 * @template T
 * @param {number} count
 * @param {(turn: number) => T} action
 */
function times(count, action) {
  return Array.from({ length: count }, (_, turn) => action(turn));
}
