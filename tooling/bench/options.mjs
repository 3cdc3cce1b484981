import { parseArgs } from 'node:util';

/**
 * What the command line asks for.
 *
 * @typedef {{ settings: import('./scenarios/scenario.mjs').Settings, names: string[], list: boolean, help: boolean, write: boolean, out: string | undefined }} Options
 */

export const USAGE = `npm run bench -- [options]

  --scenario name[,name]   only these; --list tells their names
  --quick                  fewer and shorter rounds: less exact, done in a good minute
  --rounds n               rounds of each measurement
  --seconds n              time of each measurement, in seconds
  --stopped n              how long receivers are stopped to measure memory, in seconds
  --without name[,name]    leaves out options of ours, for builds that do not know them: batch, checksum
  --write, --no-write      whether the results are written; by default when everything has run, and not with --quick
  --out folder             where to, instead of docs/benchmarks
  --list, --help
`;

const FULL = { rounds: 5, measureMs: 1_000, warmUpMs: 700, stoppedMs: 30_000, imports: 15, leases: 10_000_000 };
const QUICK = { rounds: 3, measureMs: 200, warmUpMs: 200, stoppedMs: 3_000, imports: 5, leases: 1_000_000 };
const LEFT_OUT = ['batch', 'checksum'];

/**
 * @param {readonly string[]} args
 * @param {readonly string[]} known the names of all scenarios
 * @returns {Options}
 * @throws Error if they make no sense, saying why
 */
export function readOptions(args, known) {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      scenario: { type: 'string' },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      stopped: { type: 'string' },
      without: { type: 'string' },
      write: { type: 'boolean' },
      out: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const names = among('scenario', values.scenario, known) ?? [...known];
  const preset = values.quick ? QUICK : FULL;
  const isComplete = !values.quick && values.without === undefined && known.every((name) => names.includes(name));
  return {
    settings: {
      ...preset,
      rounds: count('rounds', values.rounds) ?? preset.rounds,
      measureMs: milliseconds('seconds', values.seconds) ?? preset.measureMs,
      stoppedMs: milliseconds('stopped', values.stopped) ?? preset.stoppedMs,
      without: among('without', values.without, LEFT_OUT) ?? [],
    },
    names,
    list: values.list,
    help: values.help,
    write: values.write ?? (isComplete || values.out !== undefined),
    out: values.out,
  };
}

/**
 * @param {string} name
 * @param {string | undefined} text
 * @param {readonly string[]} known
 */
function among(name, text, known) {
  const names = text?.split(',');
  const unknown = names?.find((each) => !known.includes(each));
  if (unknown !== undefined) throw new Error(`--${name}: there is no '${unknown}'; there are ${known.join(', ')}`);
  return names;
}

/**
 * @param {string} name
 * @param {string | undefined} text
 */
function count(name, text) {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${name} must be a whole number from 1 on, not '${text}'`);
  return number;
}

/**
 * @param {string} name
 * @param {string | undefined} text
 */
function milliseconds(name, text) {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!(number > 0 && number <= 3_600)) throw new Error(`--${name} must be a number of seconds above 0, not '${text}'`);
  return 1_000 * number;
}
