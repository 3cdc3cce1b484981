import { fileURLToPath } from 'node:url';
import { readOptions, USAGE } from './options.mjs';
import { Crew } from './processes/crew.mjs';
import { machine } from './report/machine.mjs';
import { consoleReport } from './report/console.mjs';
import { writeCodecs, writeReport } from './report/write.mjs';
import { SCENARIOS } from './scenarios/all.mjs';

const DOCS = fileURLToPath(new URL('../../docs/benchmarks', import.meta.url));
const INTERRUPTED = 130;

try {
  const options = readOptions(
    process.argv.slice(2),
    SCENARIOS.map(({ name }) => name),
  );
  if (options.help) process.stdout.write(USAGE);
  else if (options.list)
    process.stdout.write(SCENARIOS.map(({ name, summary }) => `${name.padEnd(12)}${summary}\n`).join(''));
  else await run(options);
} catch (error) {
  process.exitCode ??= 1;
  process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
}

/** @param {import('./options.mjs').Options} options */
async function run({ settings, names, write, out = DOCS }) {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      process.exitCode = INTERRUPTED;
      Crew.killAll();
    });
  }
  const started = performance.now();
  /** @type {import('./report/results.mjs').Results} */
  const results = { machine: machine(), settings, scenarios: {} };
  for (const { name, run: measure } of SCENARIOS.filter((scenario) => names.includes(scenario.name))) {
    if (process.exitCode === INTERRUPTED) break;
    try {
      results.scenarios[name] = await measure(settings, (text) => process.stderr.write(`${text} ...\n`));
    } catch (error) {
      process.exitCode ??= 1;
      process.stderr.write(`${name} failed: ${error instanceof Error ? error.message : error}\n`);
    }
  }
  if (process.exitCode === INTERRUPTED) throw new Error('interrupted');
  process.stdout.write(consoleReport(results));
  process.stdout.write(`\ndone in ${Math.round((performance.now() - started) / 1_000)} s\n`);
  // Half a result is not to take the place of a whole one.
  if (!write || process.exitCode) return;
  process.stdout.write(`written: ${(await writeReport(results, out)).join(', ')}\n`);
  if (out === DOCS && results.scenarios['codecs']) {
    await writeCodecs(results);
    process.stdout.write('written: the table of formats in the README of @liberzmq/serializers\n');
  }
}
