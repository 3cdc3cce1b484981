import { TARGETS } from '../targets.mjs';
import { compareWithFastest, losses, series } from './one-way-comparisons.mjs';
import { runOneWay } from './one-way-runs.mjs';
import { compare } from './scenario.mjs';

const TITLE = 'push/pull';
const MARKS = 10_000;

/** @type {import('./one-way-runs.mjs').Participant[]} */
const PARTICIPANTS = [
  { title: 'ours, each call awaited', contender: 'oursPush', caller: 'each', setup: { batch: true } },
  { title: 'ours, 1,000 calls at a time', contender: 'oursPush', caller: 'window', setup: { batch: true } },
  {
    title: 'ours with msgpack, each call awaited',
    contender: 'oursPush',
    caller: 'each',
    setup: { batch: true, serializer: 'msgpack' },
  },
  { title: 'ours without batch', contender: 'oursPush', caller: 'each' },
  { title: 'raw as documented', contender: 'rawPush', caller: 'each' },
  { title: 'raw with a send queue', contender: 'rawPushQueue', caller: 'window' },
  { title: 'raw with marks of 10,000', contender: 'rawPush', caller: 'each', setup: { marks: MARKS } },
];

/** @type {import('./scenario.mjs').Scenario} */
export const push = {
  name: 'push',
  summary: 'tasks from a pusher to a puller, with and without batch, for callers that await each call and for others',

  async run(settings, progress) {
    progress(TITLE);
    const runs = await runOneWay(PARTICIPANTS, 'small', settings);
    const [each, windows, packed, single, documented, ...raw] = runs;
    if (!each || !windows || !packed || !single || !documented) return {};
    return {
      comparisons: [
        ...compareWithFastest(TITLE, [each, windows], [documented, ...raw], TARGETS.push),
        ...compareWithFastest(TITLE, [packed], [documented, ...raw], TARGETS.pushMsgpack),
        compare(`${TITLE}, ${each.title}`, 'per second', series(each), series(documented)),
        compare(`${TITLE}, ${single.title}`, 'per second', series(single), series(documented)),
      ],
      figures: runs.map(({ title, rate }) => ({ title: `${TITLE}, ${title}`, unit: 'per second', values: rate })),
      losses: losses(TITLE, runs),
    };
  },
};
