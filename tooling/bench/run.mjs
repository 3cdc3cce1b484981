import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ours } from './ours.mjs';
import { plain } from './plain.mjs';

/**
 * @typedef {object} Contender
 * @property {() => Promise<{ address: string, close: () => Promise<void> }>} serve
 * @property {(address: string) => Promise<{ request: (data: unknown) => Promise<unknown>, close: () => Promise<void> }>} connect
 */

const IN_FLIGHT = [1, 16, 256];
const WARM_UP_MS = 500;
const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url));
const PAYLOAD = {
  id: 4711,
  name: 'sensor-7',
  unit: 'celsius',
  values: [20.5, 21.25, 19.75],
  tags: ['a', 'b'],
  at: 1_700_000_000,
};

/** @type {Record<string, Contender>} */
const CONTENDERS = { ours, plain };

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '1' } },
});
const rounds = atLeastOne('rounds', values.rounds);
const measureMs = 1_000 * atLeastOne('seconds', values.seconds);

const bytes = JSON.stringify(PAYLOAD).length;
process.stdout.write(
  `request/reply over loopback, ${bytes} bytes of JSON each way, ${rounds} rounds, medians, per second\n\n`,
);
process.stdout.write('in flight      ours     plain zeromq     ratio   (lowest to highest)\n');
for (const inFlight of IN_FLIGHT) {
  /** @type {Record<string, number[]>} */
  const rates = { ours: [], plain: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const name of Object.keys(CONTENDERS)) rates[name]?.push(await measure(name, inFlight));
  }
  const [mine = [], theirs = []] = [rates['ours'], rates['plain']];
  const ratios = mine.map((rate, round) => rate / (theirs[round] ?? NaN)).sort((a, b) => a - b);
  const [lowest = NaN, highest = NaN] = [ratios[0], ratios.at(-1)];
  const columns = [
    String(inFlight).padStart(9),
    round(median(mine), 10),
    round(median(theirs), 17),
    median(ratios).toFixed(2).padStart(10),
  ];
  process.stdout.write(`${columns.join('')}   (${lowest.toFixed(2)} to ${highest.toFixed(2)})\n`);
}

/**
 * Requests a second, with a server in a process of its own.
 *
 * @param {string} name
 * @param {number} inFlight
 */
async function measure(name, inFlight) {
  const server = fork(SERVER, [name]);
  const [{ address }] = await once(server, 'message');
  const client = await /** @type {Contender} */ (CONTENDERS[name]).connect(address);
  await load(client.request, inFlight, WARM_UP_MS);
  const rate = await load(client.request, inFlight, measureMs);
  await client.close();
  server.disconnect();
  await once(server, 'exit');
  return rate;
}

/**
 * Keeps so many requests in flight for a time.
 *
 * @param {(data: unknown) => Promise<unknown>} request
 * @param {number} inFlight
 * @param {number} ms
 */
async function load(request, inFlight, ms) {
  const from = performance.now();
  let done = 0;
  const lane = async () => {
    while (performance.now() < from + ms) {
      await request(PAYLOAD);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return (1_000 * done) / (performance.now() - from);
}

/** @param {number[]} numbers */
function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

/**
 * @param {number} number
 * @param {number} width
 */
function round(number, width) {
  return Math.round(number).toLocaleString('en-US').padStart(width);
}

/**
 * @param {string} name
 * @param {string} text
 */
function atLeastOne(name, text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${name} must be a whole number from 1 on, not '${text}'`);
  return number;
}
