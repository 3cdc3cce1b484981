import { PAYLOADS } from '../payloads.mjs';
import { TARGETS } from '../targets.mjs';
import { compareWithFastest, losses } from './one-way-comparisons.mjs';
import { runOneWay } from './one-way-runs.mjs';
import { runRequests } from './request-runs.mjs';
import { compare } from './scenario.mjs';

/** With large ones, few in flight fill the connection. @type {{ medium: number, large: number }} */
const IN_FLIGHT = { medium: 16, large: 4 };

/** @type {import('./request-runs.mjs').Participant[]} */
const REQUESTS = [
  { title: 'ours', contender: 'ours' },
  { title: 'raw DEALER/ROUTER', contender: 'dealer' },
];

/**
 * Large tasks want more room on their way than the usual 64 KiB, as the README of core says.
 *
 * @type {(payload: 'medium' | 'large') => { title: string, participants: import('./one-way-runs.mjs').Participant[] }[]}
 */
const oneWay = (payload) => [
  {
    title: 'push/pull',
    participants: [
      {
        title: 'ours',
        contender: 'oursPush',
        caller: 'each',
        setup: { batch: true, prefetchesAll: payload === 'large' },
      },
      { title: 'raw', contender: 'rawPush', caller: 'each' },
    ],
  },
  {
    title: 'publish/subscribe',
    participants: [
      { title: 'ours', contender: 'oursPublish', caller: 'each', setup: { outbox: { policy: 'wait' } } },
      { title: 'raw', contender: 'rawPublish', caller: 'each' },
    ],
  },
];

/**
 * @param {'medium' | 'large'} payload
 * @returns {import('./scenario.mjs').Scenario}
 */
function withPayload(payload) {
  const { title: size } = PAYLOADS[payload];
  const target = TARGETS[payload];
  return {
    name: payload,
    summary: `each pattern with ${size} a message`,

    async run(settings, progress) {
      /** @type {import('./scenario.mjs').Comparison[]} */
      const comparisons = [];
      const lost = [];
      const inFlight = IN_FLIGHT[payload];
      const title = `request/reply, ${inFlight} in flight, ${size}`;
      progress(title);
      const [ours, theirs] = await runRequests(REQUESTS, { inFlight, payload }, settings);
      if (ours && theirs) {
        const [mine, other] = [ours, theirs].map((run) => ({ contender: run.title, values: run.rate }));
        if (mine && other) comparisons.push(compare(title, 'per second', mine, other, target));
      }
      for (const { title: pattern, participants } of oneWay(payload)) {
        const what = `${pattern}, ${size}`;
        progress(what);
        const runs = await runOneWay(participants, payload, settings);
        comparisons.push(...compareWithFastest(what, runs.slice(0, 1), runs.slice(1), target));
        lost.push(...losses(what, runs));
      }
      return { comparisons, losses: lost };
    },
  };
}

export const medium = withPayload('medium');
export const large = withPayload('large');
