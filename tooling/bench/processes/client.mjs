import { REQUEST_CONTENDERS } from '../contenders/contender.mjs';
import { PAYLOADS } from '../payloads.mjs';
import { percentile } from '../statistics.mjs';
import { flood } from './flood.mjs';
import { obey } from './orders.mjs';

const MICROSECONDS = 1_000;

/** @type {import('../contenders/contender.mjs').Requesting} */
let requesting;

obey(
  {
    /** @param {{ contender: import('../contenders/contender.mjs').RequestName, address: string, setup: import('../contenders/contender.mjs').Setup }} details */
    async connect({ contender, address, setup }) {
      requesting = await (await REQUEST_CONTENDERS[contender]()).connect(address, setup);
    },
    load,
    /** @param {import('./flood.mjs').Flood} details */
    flood: (details) => flood(requesting.request, details),
  },
  async () => requesting?.close(),
);

/**
 * Keeps so many requests in flight for a time, and times each of them.
 *
 * @param {{ inFlight: number, ms: number, payload: import('../payloads.mjs').PayloadName }} details
 */
async function load({ inFlight, ms, payload }) {
  const { data, isIntact } = PAYLOADS[payload];
  /** @type {number[]} */
  const times = [];
  const from = performance.now();
  const until = from + ms;
  const lane = async () => {
    let started = performance.now();
    while (started < until) {
      const reply = await requesting.request(data);
      const ended = performance.now();
      if (!isIntact(reply)) throw new Error('a reply is not what was sent');
      times.push(ended - started);
      started = ended;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const tookMs = performance.now() - from;
  const sorted = Float64Array.from(times).sort();
  return {
    rate: (1_000 * times.length) / tookMs,
    p50: MICROSECONDS * percentile(sorted, 0.5),
    p99: MICROSECONDS * percentile(sorted, 0.99),
  };
}
