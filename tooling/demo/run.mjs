import { Cast } from './runner/cast.mjs';
import { Display } from './runner/display.mjs';
import { statusOf } from './runner/status.mjs';
import { faults, table } from './runner/summary.mjs';
import { perform } from './scenario.mjs';

/** @type {import('./scenario.mjs').Settings} */
const FULL = { atMost: 10_000, replayMs: 20_000, downMs: 2_500 };
/** @type {import('./scenario.mjs').Settings} */
const FAST = { atMost: 2_000, replayMs: 5_000, downMs: 500 };
const INTERRUPTED = 130;
const INTRODUCTION = `
A publisher replays stock prices, weather and flights. Three subscribers aggregate them, three servers answer queries on them,
and a pusher hands out jobs to three workers. Each is a process; server 1 will be killed in the middle.
`;

process.stdout.write(`${INTRODUCTION}\n`);
const cast = new Cast();
const display = new Display(process.stdout, statusOf(cast));
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
process.stdout.on('error', () => cast.fail(new Error('nobody reads the output any more')));

const settings = process.argv.includes('--fast') ? FAST : FULL;
const started = performance.now();
try {
  const { rows, text } = await Promise.race([perform(cast, display, settings), cast.failed()]);
  const { lost, doubled } = faults(rows);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  display.end();
  process.stdout.write(`\n${table(rows)}\n\n${text.join('\n')}\n\n`);
  const isGood = lost === 0 && doubled === 0;
  const verdict = display.paint(isGood ? 'green' : 'red', `lost: ${lost}, twice: ${doubled}`);
  process.stdout.write(`${cast.children.length} processes in ${seconds} s; ${verdict}\n`);
  if (!isGood) process.exitCode = 1;
} catch (error) {
  display.end();
  process.exitCode ??= 1;
  process.stderr.write(`demo: ${error instanceof Error ? error.message : error}\n`);
}
const killed = await cast.end();
if (killed.length > 0) {
  process.exitCode ??= 1;
  process.stderr.write(`demo: killed ${killed.join(', ')}, which did not end by itself\n`);
}

/** Ctrl-C: everybody is asked to end; a second one ends them. */
function interrupt() {
  if (process.exitCode === INTERRUPTED) {
    for (const child of cast.running) child.kill();
    return;
  }
  process.exitCode = INTERRUPTED;
  cast.fail(new Error('interrupted'));
}
