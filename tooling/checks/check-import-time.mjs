import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { interleave } from '../bench/scenarios/rounds.mjs';
import { median } from '../bench/statistics.mjs';

const ROUNDS = 21;
const TRIES = 4;
/** How long a process that imports core may take from start to end, as a multiple of one that imports zeromq alone. */
const LIMIT = 1.5;
const PACKAGES = ['zeromq', '@liberzmq/core'];

const run = promisify(execFile);

await checkTimes();
await checkPino();

/**
 * The ratio of the medians of processes that take turns. What else the machine does may spoil a try, so one that is above the limit is made again; all are
 * shown. The import by itself, without the start of Node, is shown and not held to a limit: it is a few milliseconds, and differs more between
 * versions of Node and from run to run than by what we do.
 */
async function checkTimes() {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const [zeromq = [], core = []] = await interleave(PACKAGES, ROUNDS, measure);
    const ratio = (/** @type {'process' | 'import'} */ part) =>
      median(core.map((time) => time[part])) / median(zeromq.map((time) => time[part]));
    const whole = ratio('process');
    process.stdout.write(
      `beside importing zeromq alone, a process that imports core takes ${whole.toFixed(2)}x (at most ${LIMIT}), the import by itself ${ratio('import').toFixed(2)}x\n`,
    );
    if (whole <= LIMIT) return;
  }
  process.exitCode = 1;
}

/** @param {string} name */
async function measure(name) {
  const started = performance.now();
  const imported = await evaluate(
    `const from = performance.now(); await import('${name}'); process.stdout.write(String(performance.now() - from));`,
  );
  return { process: performance.now() - started, import: Number(imported) };
}

/** Pino is CommonJS, and so what of it is loaded stands in the cache of `require`. */
async function checkPino() {
  const seen = await evaluate(`
    import { createRequire } from 'node:module';
    const { configureLogging, getLogger } = await import('@liberzmq/core');
    const isLoaded = () => Object.keys(createRequire('/').cache).some((file) => /[\\\\/]pino[\\\\/]/.test(file));
    const byImport = isLoaded();
    configureLogging({ level: 'fatal' });
    getLogger('check').fatal('the first line');
    process.stderr.write([byImport, isLoaded()].join());
  `);
  const isLazy = seen === 'false,true';
  process.stdout.write(
    `pino is loaded ${isLazy ? 'with the first line that is logged' : `at the wrong time: ${seen}`}\n`,
  );
  if (!isLazy) process.exitCode = 1;
}

/** @param {string} code */
async function evaluate(code) {
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: import.meta.dirname,
  });
  return stderr || stdout;
}
