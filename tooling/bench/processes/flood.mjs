import { setImmediate as turn } from 'node:timers/promises';
import { PAYLOADS } from '../payloads.mjs';

const SAMPLE_MS = 250;
const CALLS_BETWEEN_LOOKS = 256;
const MIB = 1024 * 1024;

/**
 * Sends flat out for a time, and watches the memory of this process. `lanes` callers each await their call before the next one; with none, calls are fired
 * without waiting for any.
 *
 * @typedef {{ ms: number, lanes: number }} Flood
 */

/**
 * @param {(data: unknown) => Promise<unknown>} send
 * @param {Flood} details
 */
export async function flood(send, { ms, lanes }) {
  const { data } = PAYLOADS.small;
  const from = performance.now();
  const until = from + ms;
  let calls = 0;
  let sent = 0;
  let refused = 0;
  let isOver = false;
  /** @type {[atMs: number, mib: number][]} */
  const samples = [];

  const look = () => {
    const now = performance.now();
    isOver ||= now >= until;
    const [lastAt] = samples.at(-1) ?? [-Infinity];
    if (now - from < lastAt + SAMPLE_MS) return;
    samples.push([Math.round(now - from), Math.round(process.memoryUsage.rss() / MIB)]);
  };
  // A loop whose awaits all resolve at once leaves no time for timers, so that it has to look by itself as well.
  const timer = setInterval(look, SAMPLE_MS);
  const call = async () => {
    calls += 1;
    if (calls % CALLS_BETWEEN_LOOKS === 0) look();
    try {
      await send(data);
      sent += 1;
    } catch {
      refused += 1;
      await turn();
    }
  };

  look();
  if (lanes > 0) {
    const lane = async () => {
      while (!isOver) await call();
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  } else {
    while (!isOver) {
      for (let fired = 0; fired < CALLS_BETWEEN_LOOKS; fired += 1) void call();
      await turn();
    }
  }
  clearInterval(timer);
  return { sent, refused, samples };
}
