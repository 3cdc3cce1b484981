import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FORMATS } from '../codecs/formats.mjs';
import { VALUES } from '../codecs/values.mjs';
import { interleave } from './rounds.mjs';

const MEASURE = fileURLToPath(new URL('../codecs/measure.mjs', import.meta.url));
const run = promisify(execFile);

const CASES = FORMATS.flatMap(({ name, library }) => VALUES.map(({ title }) => ({ name, library, title })));

/** @type {import('./scenario.mjs').Scenario} */
export const codecs = {
  name: 'codecs',
  summary: 'encoding and decoding in each format, ours beside the bare library, without sockets',

  async run({ rounds, measureMs, warmUpMs }, progress) {
    progress('encoding and decoding');
    const found = await interleave(CASES, rounds, async ({ name, title }) => {
      const { stdout } = await run(process.execPath, [MEASURE, name, title, String(measureMs), String(warmUpMs)]);
      return /** @type {import('../codecs/measure.mjs').Round} */ (JSON.parse(stdout));
    });
    return {
      codecs: CASES.map(({ name, library, title }, index) => {
        const its = found[index] ?? [];
        return {
          format: name,
          library,
          value: title,
          bytes: its[0]?.bytes ?? NaN,
          encode: its.map(({ encode }) => encode),
          decode: its.map(({ decode }) => decode),
        };
      }),
    };
  },
};
