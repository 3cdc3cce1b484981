import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { interleave } from '../bench/scenarios/rounds.mjs';
import { median } from '../bench/statistics.mjs';

const ROUNDS = 21;
const TRIES = 4;
/**
 * How long importing core may take, as a multiple of importing zeromq alone; and, likewise, a whole process that imports it and opens a socket: core loads zeromq
 * with its first socket.
 */
const LIMIT = 1.5;
const PROGRAMS = [
  {
    name: 'zeromq',
    opened: `const socket = new imported.Pull(); await socket.bind('tcp://127.0.0.1:*'); socket.close();`,
  },
  {
    name: '@liberzmq/core',
    opened: `const puller = await new imported.Puller({ address: 'tcp://127.0.0.1:*', bind: true }).connect(); await puller.close();`,
  },
];

const run = promisify(execFile);

await checkTimes();
await checkPino();

/**
 * The ratio of the medians of processes that take turns. What else the machine does may spoil a try, so one that is above the limit is made again; all are
 * shown.
 */
async function checkTimes() {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const [zeromq = [], core = []] = await interleave(PROGRAMS, ROUNDS, measure);
    const ratio = (/** @type {'process' | 'import'} */ part) =>
      median(core.map((time) => time[part])) / median(zeromq.map((time) => time[part]));
    const [byItself, whole] = [ratio('import'), ratio('process')];
    process.stdout.write(
      `beside importing zeromq alone, importing core takes ${byItself.toFixed(2)}x, a process with one socket ${whole.toFixed(2)}x (at most ${LIMIT})\n`,
    );
    if (byItself <= LIMIT && whole <= LIMIT) return;
  }
  process.exitCode = 1;
}

/** @param {typeof PROGRAMS[number]} program */
async function measure({ name, opened }) {
  const started = performance.now();
  const imported = await evaluate(`
    const from = performance.now();
    const imported = await import('${name}');
    process.stdout.write(String(performance.now() - from));
    ${opened}
  `);
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
