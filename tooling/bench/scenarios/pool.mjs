import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CASES, SIZE } from '../pools/callers.mjs';
import { CONTENDERS } from '../pools/contenders.mjs';
import { median } from '../statistics.mjs';
import { POOL_HEAP_GROWTH_MIB, TARGETS } from '../targets.mjs';
import { interleave } from './rounds.mjs';
import { compare } from './scenario.mjs';

const MEASURE = fileURLToPath(new URL('../pools/measure.mjs', import.meta.url));
const HEAP = fileURLToPath(new URL('../pools/heap.mjs', import.meta.url));
const run = promisify(execFile);

const UNIT = /** @type {const} */ ('leases per second');
/** When the heap is looked at for the first time, everything has been compiled. */
const EARLY = 1 / 10;

/** @type {import('./scenario.mjs').Scenario} */
export const pool = {
  name: 'pool',
  summary: 'taking something from a pool and giving it back, ours beside tarn and generic-pool; the heap of ours',

  async run(settings, progress) {
    const comparisons = [];
    for (const { title, callers } of CASES) {
      const what = `pool of ${SIZE}, ${title}`;
      progress(what);
      const [ours, ...others] = await rates(callers, settings);
      const [fastest] = others.toSorted((a, b) => median(b.values) - median(a.values));
      for (const other of others) {
        if (ours) comparisons.push(compare(what, UNIT, ours, other, other === fastest ? TARGETS.pool : undefined));
      }
    }
    progress('the heap of a pool');
    return { comparisons, figures: await heap(settings) };
  },
};

/**
 * Of each pool.
 *
 * @param {number} callers
 * @param {import('./scenario.mjs').Settings} settings
 * @returns {Promise<import('./scenario.mjs').Series[]>}
 */
async function rates(callers, { rounds, measureMs, warmUpMs }) {
  const found = await interleave(CONTENDERS, rounds, async ({ name }) => {
    const { stdout } = await run(process.execPath, [MEASURE, name, ...[callers, measureMs, warmUpMs].map(String)]);
    return Number(JSON.parse(stdout));
  });
  return CONTENDERS.map(({ name: contender }, index) => ({ contender, values: found[index] ?? [] }));
}

/**
 * @param {import('./scenario.mjs').Settings} settings
 * @returns {Promise<import('./scenario.mjs').Figure[]>}
 */
async function heap({ leases }) {
  const stops = [EARLY * leases, leases];
  const { stdout } = await run(process.execPath, ['--expose-gc', HEAP, ...stops.map(String)]);
  const [early = NaN, late = NaN] = /** @type {number[]} */ (JSON.parse(stdout));
  const unit = /** @type {const} */ ('MiB');
  const after = stops.map((stop) => `after ${stop.toLocaleString('en-US')} leases`);
  return [
    { title: `heap of a pool ${after[0]}`, unit, values: [early] },
    { title: `heap of a pool ${after[1]}`, unit, values: [late] },
    { title: 'heap of a pool, grown in between by', unit, values: [late - early], atMost: POOL_HEAP_GROWTH_MIB },
  ];
}
