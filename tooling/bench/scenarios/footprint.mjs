import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { interleave } from './rounds.mjs';

const KB = 1_000;
const run = promisify(execFile);

/** What a fresh process does before it ends. */
const PROGRAMS = [
  { title: 'node alone', code: '' },
  { title: 'node that imports zeromq', code: "await import('zeromq')" },
  { title: 'node that imports @liberzmq/core', code: "await import('@liberzmq/core')" },
];

/** @type {import('./scenario.mjs').Scenario} */
export const footprint = {
  name: 'footprint',
  summary: 'the time from start to end of a process that imports core, and the size of the packed package',

  async run({ imports }, progress) {
    progress('import time and packed size');
    const times = await interleave(PROGRAMS, imports, async ({ code }) => {
      const from = performance.now();
      await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: import.meta.dirname });
      return performance.now() - from;
    });
    const { size, unpackedSize } = await pack();
    return {
      figures: [
        ...PROGRAMS.map(({ title }, index) => ({
          title,
          unit: /** @type {const} */ ('ms'),
          values: times[index] ?? [],
        })),
        { title: 'packed size of core', unit: 'KB', values: [size / KB] },
        { title: 'unpacked size of core', unit: 'KB', values: [unpackedSize / KB] },
      ],
    };
  },
};

/** @returns {Promise<{ size: number, unpackedSize: number }>} */
async function pack() {
  const cwd = dirname(createRequire(import.meta.url).resolve('@liberzmq/core/package.json'));
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline'];
  const npm = process.env.npm_execpath;
  const { stdout } = npm ? await run(process.execPath, [npm, ...args], { cwd }) : await run('npm', args, { cwd });
  return JSON.parse(stdout)[0];
}
