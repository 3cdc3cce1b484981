import { losses, series } from './one-way-comparisons.mjs';
import { runOneWay } from './one-way-runs.mjs';
import { runRequests } from './request-runs.mjs';
import { compare } from './scenario.mjs';

const IN_FLIGHT = 256;

/** @typedef {import('../contenders/contender.mjs').Setup} Setup */
/** @typedef {{ title: string, setup: Partial<Setup> }} Variant */

/** @type {{ title: string, contender: 'oursPush' | 'oursPublish', setup: Partial<Setup> }[]} */
const ONE_WAY = [
  { title: 'push/pull', contender: 'oursPush', setup: { batch: true } },
  { title: 'publish/subscribe', contender: 'oursPublish', setup: { outbox: { policy: 'wait' } } },
];

/**
 * What something of ours costs: ours with it beside ours without it, in all patterns.
 *
 * @param {readonly [with_: Variant, without: Variant]} variants
 * @param {import('./scenario.mjs').Settings} settings
 * @param {(what: string) => void} progress
 * @param {import('../targets.mjs').Target} [target] for requests
 */
export async function compareWithAndWithout(variants, settings, progress, target) {
  const comparisons = [];
  const lost = [];
  const title = `request/reply, ${IN_FLIGHT} in flight, ${variants[0].title}`;
  progress(title);
  const requests = await runRequests(
    variants.map((variant) => ({ ...variant, contender: 'ours' })),
    { inFlight: IN_FLIGHT },
    settings,
  );
  const [with_, without] = requests.map((run) => ({ contender: run.title, values: run.rate }));
  if (with_ && without) comparisons.push(compare(title, 'per second', with_, without, target));

  for (const { title: pattern, contender, setup } of ONE_WAY) {
    const what = `${pattern}, ${variants[0].title}`;
    progress(what);
    const runs = await runOneWay(
      variants.map((variant) => ({
        title: variant.title,
        contender,
        caller: 'each',
        setup: { ...setup, ...variant.setup },
      })),
      'small',
      settings,
    );
    const [on, off] = runs.map(series);
    if (on && off) comparisons.push(compare(what, 'per second', on, off));
    lost.push(...losses(pattern, runs));
  }
  return { comparisons, losses: lost };
}
