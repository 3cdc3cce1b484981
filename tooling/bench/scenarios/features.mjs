import { losses, series } from './one-way-comparisons.mjs';
import { runOneWay } from './one-way-runs.mjs';
import { runRequests } from './request-runs.mjs';
import { compare } from './scenario.mjs';

const ON = { title: 'all features on', features: true };
const OFF = { title: 'all features off', features: false };
const IN_FLIGHT = 256;

/** @type {{ title: string, contender: 'oursPush' | 'oursPublish', setup: Partial<import('../contenders/contender.mjs').Setup> }[]} */
const ONE_WAY = [
  { title: 'push/pull', contender: 'oursPush', setup: { batch: true } },
  { title: 'publish/subscribe', contender: 'oursPublish', setup: { outbox: { policy: 'wait' } } },
];

/** @type {import('./scenario.mjs').Scenario} */
export const features = {
  name: 'features',
  summary:
    'what a middleware, headers, a checksum, a signal and a deadline cost together: ours with all of them beside ours without',

  async run(settings, progress) {
    const comparisons = [];
    const lost = [];
    const title = `request/reply, ${IN_FLIGHT} in flight, ${ON.title}`;
    progress(title);
    const requests = await runRequests(
      [ON, OFF].map(({ title: name, features: on }) => ({ title: name, contender: 'ours', setup: { features: on } })),
      { inFlight: IN_FLIGHT },
      settings,
    );
    const [on, off] = requests.map((run) => ({ contender: run.title, values: run.rate }));
    if (on && off) comparisons.push(compare(title, 'per second', on, off));

    for (const { title: pattern, contender, setup } of ONE_WAY) {
      const what = `${pattern}, ${ON.title}`;
      progress(what);
      const runs = await runOneWay(
        [ON, OFF].map(({ title: name, features: isOn }) => ({
          title: name,
          contender,
          caller: 'each',
          setup: { ...setup, features: isOn },
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
