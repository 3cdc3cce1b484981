const STILL_RUNNING_MS = 15_000;

/**
 * Runs one part of the work visibly: a line when it starts, one now and then unless it has the terminal to itself, one with its duration at the end.
 *
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @param {{ isForeground?: boolean }} [options]
 * @returns {Promise<T>}
 */
export async function step(title, work, { isForeground = false } = {}) {
  const started = performance.now();
  const elapsed = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  say(`${title} ...`);
  const tell = () => say(`${title} ... ${elapsed()}`);
  const heartbeat = isForeground ? undefined : setInterval(tell, STILL_RUNNING_MS);
  try {
    const result = await work();
    say(`${title} done in ${elapsed()}`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}

/** @param {string} line */
export function say(line) {
  process.stdout.write(`release: ${line}\n`);
}
