import { TARGETS } from '../targets.mjs';
import { losses, series } from './one-way-comparisons.mjs';
import { runOneWay } from './one-way-runs.mjs';
import { runRequests } from './request-runs.mjs';
import { compare } from './scenario.mjs';

const IN_FLIGHT = 256;
const FIVE = { title: 'five middlewares at each end', passingOn: 5 };
const NONE = { title: 'none', passingOn: 0 };

/** @type {{ title: string, contender: 'oursPush' | 'oursPublish', setup: Partial<import('../contenders/contender.mjs').Setup> }[]} */
const ONE_WAY = [
  { title: 'push/pull', contender: 'oursPush', setup: { batch: true } },
  { title: 'publish/subscribe', contender: 'oursPublish', setup: { outbox: { policy: 'wait' } } },
];

/** @type {import('./scenario.mjs').Scenario} */
export const middleware = {
  name: 'middleware',
  summary:
    'what middleware costs by itself: ours with five at each end that pass messages on in both directions, beside ours without',

  async run(settings, progress) {
    const comparisons = [];
    const lost = [];
    const title = `request/reply, ${IN_FLIGHT} in flight, ${FIVE.title}`;
    progress(title);
    const requests = await runRequests(
      [FIVE, NONE].map(({ title: name, passingOn }) => ({ title: name, contender: 'ours', setup: { passingOn } })),
      { inFlight: IN_FLIGHT },
      settings,
    );
    const [five, none] = requests.map((run) => ({ contender: run.title, values: run.rate }));
    if (five && none) comparisons.push(compare(title, 'per second', five, none, TARGETS.middleware));

    for (const { title: pattern, contender, setup } of ONE_WAY) {
      const what = `${pattern}, ${FIVE.title}`;
      progress(what);
      const runs = await runOneWay(
        [FIVE, NONE].map(({ title: name, passingOn }) => ({
          title: name,
          contender,
          caller: 'each',
          setup: { ...setup, passingOn },
        })),
        'small',
        settings,
      );
      const [with_, without] = runs.map(series);
      if (with_ && without) comparisons.push(compare(what, 'per second', with_, without));
      lost.push(...losses(pattern, runs));
    }
    return { comparisons, losses: lost };
  },
};
