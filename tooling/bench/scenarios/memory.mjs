import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULTS } from '@liberzmq/core';
import { Crew } from '../processes/crew.mjs';
import { connectPair } from './one-way-runs.mjs';

const BEFORE_MS = 2_000;
const AFTER_MS = 1_000;
const ANSWER_MS = 30_000;
const PROBE_MS = 100;
const MIB = 1024 * 1024;
const LIMIT_MIB = DEFAULTS.outboxMaxBytes / MIB;
const MANY = 10_000;

const AWAITED = 1;
const FIRED = 0;
const REJECT = { outbox: { policy: 'reject' } };
const WAIT = { outbox: { policy: 'wait' } };

/**
 * Who sends, and how: so many callers that each await their calls, or calls that are fired without waiting.
 *
 * @typedef {{ title: string, lanes: number, setup: Partial<import('../contenders/contender.mjs').Setup>, limitMib?: number }} Flooding
 */

/** @type {(Flooding & { contender: import('../contenders/contender.mjs').OneWayName })[]} */
const ONE_WAY = [
  { title: 'push, each call awaited', contender: 'oursPush', lanes: AWAITED, setup: { batch: true } },
  { title: 'push, fired, policy reject', contender: 'oursPush', lanes: FIRED, setup: { batch: true, ...REJECT } },
  { title: 'publish, each call awaited, policy wait', contender: 'oursPublish', lanes: AWAITED, setup: WAIT },
  { title: 'publish, fired, policy drop-oldest', contender: 'oursPublish', lanes: FIRED, setup: {} },
  { title: 'raw push, each send awaited', contender: 'rawPush', lanes: AWAITED, setup: {}, limitMib: 0 },
];

/** @type {Flooding[]} */
const REQUESTS = [
  { title: 'requests, 10,000 at a time', lanes: MANY, setup: {} },
  { title: 'requests, fired, policy reject', lanes: FIRED, setup: REJECT },
];

/** @type {import('./scenario.mjs').Scenario} */
export const memory = {
  name: 'memory',
  summary: 'the memory of a sender that sends flat out while its receiver is stopped',

  async run(settings, progress) {
    const { stoppedMs } = settings;
    if (process.platform === 'win32') {
      progress('memory: left out, since Windows has no way to stop a process');
      return {};
    }
    progress(`memory, the receivers stopped for ${stoppedMs / 1_000} s`);
    const crew = new Crew();
    try {
      // All at the same time: they share the cores, and memory does not depend on those.
      const found = await Promise.all([
        ...ONE_WAY.map(async (flooding) => {
          const { contender, setup } = flooding;
          const details = {
            contender,
            payload: /** @type {const} */ ('small'),
            setup: { ...setup, without: settings.without },
          };
          const { sender, receiver } = await connectPair(crew, details);
          await receiver.tell('measure', { payload: 'small', afterMs: 0, ms: stoppedMs });
          return watch(flooding, sender, receiver, () => arrives(sender, receiver), stoppedMs);
        }),
        ...REQUESTS.map(async (flooding) => {
          const details = { contender: 'ours', setup: { ...flooding.setup, without: settings.without } };
          const server = crew.start('server', 'ours');
          const client = crew.start('client', 'ours');
          await client.tell('connect', { ...details, address: await server.tell('serve', details) });
          return watch(flooding, client, server, () => isAnswered(client), stoppedMs);
        }),
      ]);
      return { memory: found };
    } finally {
      await crew.end();
    }
  },
};

/**
 * @param {Flooding} flooding
 * @param {import('../processes/child.mjs').Child} sender
 * @param {import('../processes/child.mjs').Child} receiver
 * @param {() => Promise<boolean>} goesOn whether something that is sent afterwards gets through
 * @param {number} stoppedMs
 * @returns {Promise<import('./scenario.mjs').Memory>}
 */
async function watch({ title, lanes, limitMib = LIMIT_MIB }, sender, receiver, goesOn, stoppedMs) {
  const ms = BEFORE_MS + stoppedMs + AFTER_MS;
  const flooding = sender.tell('flood', { lanes, ms }, 2 * ms + ANSWER_MS);
  const over = new AbortController();
  flooding.catch(() => over.abort());
  const [{ sent, refused, samples }] = await Promise.all([flooding, stop(receiver, stoppedMs, over.signal)]);
  const { beforeMib, peakMib } = growth(samples, BEFORE_MS, BEFORE_MS + stoppedMs);
  return { title, beforeMib, peakMib, limitMib, goesOn: await goesOn(), sent, refused, samples };
}

/**
 * @param {import('../processes/child.mjs').Child} receiver
 * @param {number} ms
 * @param {AbortSignal} signal
 */
async function stop(receiver, ms, signal) {
  try {
    await delay(BEFORE_MS, undefined, { signal });
    receiver.signal('SIGSTOP');
    await delay(ms, undefined, { signal });
  } finally {
    receiver.signal('SIGCONT');
  }
}

/**
 * Once all that was sent has come, or was dropped, a few more are sent.
 *
 * @param {import('../processes/child.mjs').Child} sender
 * @param {import('../processes/child.mjs').Child} receiver
 */
async function arrives(sender, receiver) {
  const all = Number.MAX_SAFE_INTEGER;
  const { received: before } = await receiver.tell('finish', { sent: all });
  await sender.tell('load', { caller: 'each', payload: 'small', ms: PROBE_MS });
  const { received: after } = await receiver.tell('finish', { sent: all });
  return after > before;
}

/**
 * What fills the outbox may have to be worked off first.
 *
 * @param {import('../processes/child.mjs').Child} client
 */
async function isAnswered(client) {
  for (const until = performance.now() + ANSWER_MS; performance.now() < until; await delay(PROBE_MS)) {
    try {
      await client.tell('load', { inFlight: 1, payload: 'small', ms: PROBE_MS });
      return true;
    } catch {
      continue;
    }
  }
  return false;
}

/**
 * The memory before the first message, and the most while the receiver was stopped.
 *
 * @param {readonly (readonly [atMs: number, mib: number])[]} samples
 * @param {number} fromMs
 * @param {number} untilMs
 */
function growth(samples, fromMs, untilMs) {
  const [, beforeMib = NaN] = samples[0] ?? [];
  const during = samples.filter(([at]) => at >= fromMs && at <= untilMs).map(([, mib]) => mib);
  return { beforeMib, peakMib: Math.max(beforeMib, ...during) };
}
