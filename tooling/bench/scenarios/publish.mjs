import { TARGETS } from '../targets.mjs';
import { compareWithFastest, losses } from './one-way-comparisons.mjs';
import { runOneWay } from './one-way-runs.mjs';

const TITLE = 'publish/subscribe';
/** Loses nothing, as the plain one: by default a publisher drops what a slow subscriber does not take. */
const WAITS = { outbox: { policy: 'wait' } };

/** @type {import('./one-way-runs.mjs').Participant[]} */
const PARTICIPANTS = [
  { title: 'ours, each call awaited', contender: 'oursPublish', caller: 'each', setup: WAITS },
  { title: 'ours, 1,000 calls at a time', contender: 'oursPublish', caller: 'window', setup: WAITS },
  { title: 'raw, each send awaited', contender: 'rawPublish', caller: 'each' },
  { title: 'raw with a send queue', contender: 'rawPublishQueue', caller: 'window' },
];

/** @type {import('./scenario.mjs').Scenario} */
export const publish = {
  name: 'publish',
  summary: 'messages from a publisher to a subscriber, set up so that none is lost',

  async run(settings, progress) {
    progress(TITLE);
    const runs = await runOneWay(PARTICIPANTS, 'small', settings);
    return {
      comparisons: compareWithFastest(TITLE, runs.slice(0, 2), runs.slice(2), TARGETS.publish),
      figures: runs.map(({ title, rate }) => ({ title: `${TITLE}, ${title}`, unit: 'per second', values: rate })),
      losses: losses(TITLE, runs),
    };
  },
};
