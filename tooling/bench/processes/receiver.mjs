import { setTimeout as delay } from 'node:timers/promises';
import { ONE_WAY_CONTENDERS } from '../contenders/contender.mjs';
import { PAYLOADS } from '../payloads.mjs';
import { Counter } from './counter.mjs';
import { obey } from './orders.mjs';

const LOOK_MS = 5;
const SILENCE_MS = 1_000;

let counter = new Counter({ afterMs: 0, ms: 0, every: 1 });
let close = async () => {};

obey(
  {
    /** @param {{ contender: import('../contenders/contender.mjs').OneWayName, address: string, payload: import('../payloads.mjs').PayloadName, setup: import('../contenders/contender.mjs').Setup }} details */
    async connect({ contender, address, payload, setup }) {
      const { isIntact } = PAYLOADS[payload];
      const onData = (/** @type {unknown} */ data) => {
        if (!isIntact(data)) throw new Error('a message is not what was sent');
        counter.count();
      };
      const receiving = await (await ONE_WAY_CONTENDERS[contender]()).connect(address, onData, setup);
      close = receiving.close;
    },

    /** Begins to count, and measures the rate after a while for a time. @param {{ afterMs: number, ms: number, payload: import('../payloads.mjs').PayloadName }} details */
    measure({ afterMs, ms, payload }) {
      counter = new Counter({ afterMs, ms, every: PAYLOADS[payload].every });
    },

    /** Waits until all are here that were sent, or no more come. @param {{ sent: number }} details */
    async finish({ sent }) {
      let before = -1;
      let changedAt = performance.now();
      while (counter.received < sent && performance.now() < changedAt + SILENCE_MS) {
        if (counter.received !== before) {
          before = counter.received;
          changedAt = performance.now();
        }
        await delay(LOOK_MS);
      }
      return { rate: counter.rate, received: counter.received };
    },
  },
  () => close(),
);
