import { logTo } from '../observe/logging.mjs';
import { setUpTracing } from '../observe/tracing.mjs';

const PROGRESS_MS = 250;

/** The runner, as a role sees it. Over this channel go options, progress and results; all data goes over ZeroMQ. */
class Runner {
  #stop = new AbortController();
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  /** @type {() => object} */
  #current = () => ({});
  #tracing;

  /** @param {{ name: string, logFile: string }} observe */
  constructor({ name, logFile }) {
    this.log = logTo(logFile, name);
    this.#tracing = setUpTracing(name);
    process.on('message', () => this.#stop.abort());
    process.on('disconnect', () => this.#stop.abort());
    if (!process.connected) this.#stop.abort();
    // Ctrl-C reaches every process of a terminal; what it means is for the runner to say.
    process.on('SIGINT', () => undefined);
  }

  /** For each endpoint whose messages are to be traced. */
  get tracing() {
    return this.#tracing.middleware;
  }

  /** Aborts when the runner says stop, or is gone. @returns {AbortSignal} */
  get signal() {
    return this.#stop.signal;
  }

  /** @returns {Promise<void>} resolves when {@link signal} aborts */
  stopped() {
    return new Promise((resolve) => this.onStop(resolve));
  }

  /** @param {() => unknown} action */
  onStop(action) {
    if (this.signal.aborted) action();
    else this.signal.addEventListener('abort', () => void action(), { once: true });
  }

  /** @param {object} facts what others need to know to begin: addresses */
  ready(facts) {
    return this.#tell({ type: 'ready', facts });
  }

  /** @param {() => object} current asked a few times a second */
  showsProgress(current) {
    this.#current = current;
    this.#timer = setInterval(() => void this.#tellProgress(), PROGRESS_MS);
  }

  /** @param {object} facts */
  async end(facts) {
    clearInterval(this.#timer);
    await this.#tellProgress();
    await this.#tell({ type: 'result', facts: { ...facts, spans: this.#tracing.spans() } });
    if (process.connected) process.disconnect();
  }

  #tellProgress() {
    return this.#tell({ type: 'progress', facts: this.#current() });
  }

  /**
   * @param {object} message
   * @returns {Promise<void>}
   */
  #tell(message) {
    return new Promise((resolve) => {
      if (process.connected) process.send?.(message, () => resolve());
      else resolve();
    });
  }
}

/**
 * Plays a role in this process, which ends by itself afterwards.
 *
 * @template Options
 * @param {(options: Options, runner: Runner) => Promise<object>} perform resolves with what is to be reported
 */
export async function play(perform) {
  const { observe, ...options } = JSON.parse(process.argv[2] ?? '{}');
  const runner = new Runner(observe);
  /** @type {object} */
  let result = {};
  try {
    result = await perform(options, runner);
    runner.log.info({ result: Object.keys(result) }, 'done');
  } catch (error) {
    if (!(runner.signal.aborted && isInterruption(error))) {
      process.exitCode = 1;
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    }
  } finally {
    await runner.end(result);
  }
}

/**
 * Whether this is how a wait ends when the role is stopped in the middle of it.
 *
 * @param {any} error
 */
function isInterruption(error) {
  return error?.name === 'AbortError' || ['ABORTED', 'CLOSED'].includes(error?.code);
}
