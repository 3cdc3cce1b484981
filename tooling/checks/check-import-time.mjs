import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { interleave } from '../bench/scenarios/rounds.mjs';
import { median } from '../bench/statistics.mjs';

const ROUNDS = 15;
const TRIES = 4;
/** How long what imports core may take, as a multiple of what imports zeromq alone: the process from start to end, and the import by itself. */
const LIMITS = { process: 1.5, import: 2.4 };
const PACKAGES = ['zeromq', '@liberzmq/core'];

const run = promisify(execFile);

await checkTimes();
await checkPino();

/** A busy machine makes times longer, and never shorter: of several tries the best one tells. */
async function checkTimes() {
  const best = { process: Infinity, import: Infinity };
  const isEnough = () => best.process <= LIMITS.process && best.import <= LIMITS.import;
  for (let attempt = 1; attempt <= TRIES && !isEnough(); attempt += 1) {
    const [zeromq = [], core = []] = await interleave(PACKAGES, ROUNDS, measure);
    for (const part of /** @type {const} */ (['process', 'import'])) {
      const [theirs, ours] = [zeromq, core].map((times) => median(times.map((time) => time[part])));
      best[part] = Math.min(best[part], (ours ?? NaN) / (theirs ?? NaN));
    }
  }
  process.stdout.write(
    `beside importing zeromq alone: a process that imports core takes ${best.process.toFixed(2)}x, the import by itself ${best.import.toFixed(2)}x\n`,
  );
  if (isEnough()) return;
  process.stderr.write(`it may take ${LIMITS.process}x, the import by itself ${LIMITS.import}x\n`);
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
