import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { interleave } from '../bench/scenarios/rounds.mjs';
import { median } from '../bench/statistics.mjs';
import { publicPackages } from '../setup/repository.mjs';

const ROUNDS = 21;
const TRIES = 4;
/** For what is only shown. */
const FEW_ROUNDS = 5;
/**
 * How long loading core may take, as a multiple of loading zeromq alone; and, likewise, a whole process that loads it and opens a socket: core loads zeromq
 * with its first socket.
 */
const LIMIT = 1.5;
const CORE = '@liberzmq/core';
const OPENED = {
  zeromq: `const socket = new loaded.Pull(); await socket.bind('tcp://127.0.0.1:*'); socket.close();`,
  [CORE]: `const puller = await new loaded.Puller({ address: 'tcp://127.0.0.1:*', bind: true }).connect(); await puller.close();`,
};

/**
 * A program that loads a package, and does something with it after that.
 *
 * @typedef {{ name: string, way: keyof typeof WAYS, then: string }} Program
 */

/**
 * How packages are loaded, and which times are held to the limit. `require()` of an ES module is Node's own detour, and zeromq is CommonJS: by itself it is not held.
 *
 * @type {Record<'import' | 'require()', { load: (name: string) => string, isHeldByItself: boolean }>}
 */
const WAYS = {
  import: { load: (name) => `await import('${name}')`, isHeldByItself: true },
  'require()': { load: (name) => `createRequire(process.cwd() + '/')('${name}')`, isHeldByItself: false },
};

const run = promisify(execFile);

await holdCore('import');
await holdCore('require()');
await showOthers();
await checkPino();

/**
 * The ratio of the medians of processes that take turns. What else the machine does may spoil a try, so one that is above the limit is made again; all are
 * shown.
 *
 * @param {Program['way']} way
 */
async function holdCore(way) {
  const programs = Object.entries(OPENED).map(([name, then]) => ({ name, way, then }));
  const { isHeldByItself } = WAYS[way];
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const [zeromq = [], core = []] = await interleave(programs, ROUNDS, measure);
    const ratio = (/** @type {'process' | 'load'} */ part) =>
      median(core.map((time) => time[part])) / median(zeromq.map((time) => time[part]));
    const [byItself, whole] = [ratio('load'), ratio('process')];
    const held = `(held: at most ${LIMIT})`;
    process.stdout.write(
      `${way} of core beside that of zeromq alone: ${byItself.toFixed(2)}x ${isHeldByItself ? held : '(shown only)'}; a process with one socket: ${whole.toFixed(2)}x ${held}\n`,
    );
    if ((byItself <= LIMIT || !isHeldByItself) && whole <= LIMIT) return;
  }
  process.exitCode = 1;
}

/** What the other packages take, with all that they load. */
async function showOthers() {
  const names = publicPackages().map(({ name }) => name);
  const programs = names
    .filter((name) => name !== CORE)
    .map((name) => ({ name, way: /** @type {const} */ ('import'), then: '' }));
  const times = await interleave(programs, FEW_ROUNDS, measure);
  const shown = programs.map(({ name }, index) => {
    return `${name} ${median((times[index] ?? []).map(({ load }) => load)).toFixed(0)} ms`;
  });
  process.stdout.write(`import of the others, with all that they load (shown only): ${shown.join(', ')}\n`);
}

/** @param {Program} program */
async function measure({ name, way, then }) {
  const started = performance.now();
  const taken = await evaluate(`
    import { createRequire } from 'node:module';
    const from = performance.now();
    const loaded = ${WAYS[way].load(name)};
    process.stdout.write(String(performance.now() - from));
    ${then}
  `);
  return { process: performance.now() - started, load: Number(taken) };
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
  // Early versions that know `require()` of an ES module warn of it.
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', code];
  const { stdout, stderr } = await run(process.execPath, args, { cwd: import.meta.dirname });
  return stderr || stdout;
}
