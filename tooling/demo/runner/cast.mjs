import { setTimeout as delay } from 'node:timers/promises';
import { Child } from './child.mjs';
import { newLogFile } from './log.mjs';

const CHECK_MS = 1_000;
const SILENCE_MS = 15_000;
const WHOLE_MS = 90_000;
const GRACE_MS = 5_000;

/** The processes of the demo, and a watch over them: none of them can make the runner wait for ever. */
export class Cast {
  /** @type {Child[]} In the order in which they were started. */
  children = [];
  #over = new AbortController();
  #started = performance.now();
  /** Where all of them log to. */
  logFile = newLogFile();
  #watch = setInterval(() => this.#check(), CHECK_MS);

  /**
   * Aborts when a process fails or hangs, and when {@link fail} is called; the reason is the error.
   *
   * @returns {AbortSignal}
   */
  get signal() {
    return this.#over.signal;
  }

  /** Rejects when {@link signal} aborts. @returns {Promise<never>} */
  failed() {
    return new Promise((_resolve, reject) => {
      this.signal.addEventListener('abort', () => reject(this.signal.reason), { once: true });
    });
  }

  /** The processes that have not ended. */
  get running() {
    return this.children.filter(({ state }) => state === 'running');
  }

  /**
   * Starts a process that plays a role.
   *
   * @param {string} name
   * @param {URL} role the file to run
   * @param {object} options
   */
  start(name, role, options) {
    this.signal.throwIfAborted();
    const child = new Child(name, role, { observe: { name, logFile: this.logFile }, ...options });
    child.result.catch((error) => this.fail(error));
    this.children.push(child);
    return child;
  }

  /** What all have recorded of the traces that were kept. @returns {import('../observe/tracing.mjs').Span[]} */
  get spans() {
    return this.children.flatMap(({ spans }) => spans);
  }

  /** @param {Error} error */
  fail(error) {
    this.#over.abort(error);
  }

  /** Asks all that still run to end, and kills whoever does not. @returns {Promise<string[]>} the names of those killed */
  async end() {
    clearInterval(this.#watch);
    for (const child of this.running) child.stop();
    const timer = new AbortController();
    await Promise.race([
      Promise.allSettled(this.running.map(({ result }) => result)),
      delay(GRACE_MS, undefined, { signal: timer.signal }).catch(() => undefined),
    ]);
    timer.abort();
    const hanging = this.running;
    for (const child of hanging) child.kill();
    await Promise.allSettled(hanging.map(({ result }) => result));
    return hanging.map(({ name }) => name);
  }

  #check() {
    const silent = this.running.find(({ lastHeard }) => performance.now() - lastHeard > SILENCE_MS);
    if (silent) this.fail(new Error(`${silent.name} hangs: it has said nothing for ${SILENCE_MS / 1_000} s`));
    if (performance.now() - this.#started > WHOLE_MS) {
      const names = this.running.map(({ name }) => name).join(', ');
      this.fail(new Error(`not done after ${WHOLE_MS / 1_000} s; still running: ${names}`));
    }
  }
}
