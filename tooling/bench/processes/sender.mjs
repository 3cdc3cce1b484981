import { ONE_WAY_CONTENDERS } from '../contenders/contender.mjs';
import { PAYLOADS } from '../payloads.mjs';
import { flood } from './flood.mjs';
import { obey } from './orders.mjs';

const SENDS_BETWEEN_LOOKS = 16;

/** @type {import('../contenders/contender.mjs').Sending} */
let sending;

obey(
  {
    /** @param {{ contender: import('../contenders/contender.mjs').OneWayName, setup: import('../contenders/contender.mjs').Setup }} details */
    async bind({ contender, setup }) {
      sending = await (await ONE_WAY_CONTENDERS[contender]()).bind(setup);
      return sending.address;
    },
    ready: () => sending.ready(),
    load,
    /** @param {import('./flood.mjs').Flood} details */
    flood: (details) => flood(sending.send, details),
  },
  async () => sending?.close(),
);

/**
 * Sends flat out for a time, as one of two callers: `each` awaits each call, `window` fires many and awaits them together. Answers how many were sent.
 *
 * @param {{ caller: 'each' | 'window', ms: number, payload: import('../payloads.mjs').PayloadName }} details
 */
async function load({ caller, ms, payload }) {
  const { data, window } = PAYLOADS[payload];
  const until = performance.now() + ms;
  let sent = 0;
  while (performance.now() < until) {
    if (caller === 'each') {
      for (let look = 0; look < SENDS_BETWEEN_LOOKS; look += 1) await sending.send(data);
      sent += SENDS_BETWEEN_LOOKS;
    } else {
      await Promise.all(Array.from({ length: window }, () => sending.send(data)));
      sent += window;
    }
  }
  return sent;
}
