import { TARGETS } from '../targets.mjs';
import { runRequests } from './request-runs.mjs';
import { compare } from './scenario.mjs';

/** @type {import('./request-runs.mjs').Participant} */
const OURS = { title: 'ours', contender: 'ours' };
/** @type {import('./request-runs.mjs').Participant} */
const DEALER = { title: 'raw DEALER/ROUTER', contender: 'dealer' };
/** @type {import('./request-runs.mjs').Participant} */
const REQ = { title: 'raw REQ/REP', contender: 'req' };

/** @type {{ inFlight: number, participants: import('./request-runs.mjs').Participant[] }[]} */
const CASES = [
  { inFlight: 1, participants: [OURS, REQ, DEALER] },
  { inFlight: 16, participants: [OURS, DEALER] },
  { inFlight: 256, participants: [OURS, DEALER] },
];

/** @type {import('./scenario.mjs').Scenario} */
export const request = {
  name: 'request',
  summary: 'request and reply with 1, 16 and 256 in flight: how many a second, and how long each takes',

  async run(settings, progress) {
    const comparisons = [];
    const latencies = [];
    for (const { inFlight, participants } of CASES) {
      const title = `request/reply, ${inFlight} in flight`;
      progress(title);
      const runs = await runRequests(participants, { inFlight }, settings);
      const [ours, theirs] = runs;
      if (!ours || !theirs) continue;
      const series = (/** @type {typeof ours} */ run, /** @type {'rate' | 'p50' | 'p99'} */ key) => ({
        contender: run.title,
        values: run[key],
      });
      // With one in flight the time of a single request is what counts; with more, how many get through.
      if (inFlight === 1) {
        comparisons.push(compare(`${title}, p50`, 'µs', series(ours, 'p50'), series(theirs, 'p50'), TARGETS.request1));
      } else {
        const target = inFlight === 16 ? TARGETS.request16 : TARGETS.request256;
        comparisons.push(compare(title, 'per second', series(ours, 'rate'), series(theirs, 'rate'), target));
      }
      for (const { title: contender, p50, p99 } of runs) latencies.push({ title, inFlight, contender, p50, p99 });
    }
    return { comparisons, latencies };
  },
};
