import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { VALUES } from '../checks/user-message.mjs';
import { TARGETS } from '../targets.mjs';
import { losses, series } from './one-way-comparisons.mjs';
import { runOneWay } from './one-way-runs.mjs';
import { runRequests } from './request-runs.mjs';
import { interleave } from './rounds.mjs';
import { compare } from './scenario.mjs';

const MEASURE = fileURLToPath(new URL('../checks/measure.mjs', import.meta.url));
const run = promisify(execFile);

const IN_FLIGHT = 256;
const CHECKED = 'checked at both ends';
const PLAIN = 'not checked';

/** @typedef {import('../contenders/contender.mjs').OneWayName} OneWayName */
/** @type {{ title: string, checked: OneWayName, plain: OneWayName, setup: Partial<import('../contenders/contender.mjs').Setup> }[]} */
const ONE_WAY = [
  { title: 'push/pull', checked: 'contractPush', plain: 'oursPush', setup: { batch: true } },
  {
    title: 'publish/subscribe',
    checked: 'contractPublish',
    plain: 'oursPublish',
    setup: { outbox: { policy: 'wait' } },
  },
];

/** @type {import('./scenario.mjs').Scenario} */
export const validation = {
  name: 'validation',
  summary:
    'what a contract costs: ours with data checked at both ends beside ours without; and a check beside one by Ajv',

  async run(settings, progress) {
    const comparisons = [];
    const lost = [];
    const title = `request/reply, ${IN_FLIGHT} in flight, ${CHECKED}`;
    progress(title);
    const [checked, plain] = await runRequests(
      [
        { title: CHECKED, contender: 'contract' },
        { title: PLAIN, contender: 'ours' },
      ],
      { inFlight: IN_FLIGHT },
      settings,
    );
    if (checked && plain) {
      const rate = (/** @type {typeof checked} */ { title: contender, rate: values }) => ({ contender, values });
      comparisons.push(compare(title, 'per second', rate(checked), rate(plain), TARGETS.contract));
    }

    for (const { title: pattern, checked: ours, plain: without, setup } of ONE_WAY) {
      const what = `${pattern}, ${CHECKED}`;
      progress(what);
      const runs = await runOneWay(
        [
          { title: CHECKED, contender: ours, caller: 'each', setup },
          { title: PLAIN, contender: without, caller: 'each', setup },
        ],
        'small',
        settings,
      );
      const [with_, bare] = runs.map(series);
      if (with_ && bare) comparisons.push(compare(what, 'per second', with_, bare));
      lost.push(...losses(pattern, runs));
    }

    progress('a check, ours and by Ajv');
    comparisons.push(...(await checksBesideAjv(settings)));
    return { comparisons, losses: lost };
  },
};

/** @param {import('./scenario.mjs').Settings} settings */
async function checksBesideAjv({ rounds, measureMs, warmUpMs }) {
  const titles = Object.keys(VALUES);
  const found = await interleave(titles, rounds, async (title) => {
    const { stdout } = await run(process.execPath, [MEASURE, title, String(measureMs), String(warmUpMs)]);
    return /** @type {import('../codecs/slices.mjs').SliceTimes} */ (JSON.parse(stdout));
  });
  return titles.map((title, index) => {
    const its = found[index] ?? [];
    const ours = { contender: 'ours', values: its.map((times) => times.ours) };
    const ajv = { contender: 'Ajv 8', values: its.map((times) => times.bare) };
    // An error of Ajv's says less than an issue of ours: what was expected, what was received. What is promised is about data that is valid.
    const target = title === 'valid' ? TARGETS.check : undefined;
    return compare(`check of a user's message, ${title}`, 'µs', ours, ajv, target);
  });
}
