import { fork } from 'node:child_process';

/**
 * One process of the demo, as the runner sees it.
 *
 * `ready` is what it said when others could begin; `result` is what it said in the end, once the process is gone. `result` rejects if it
 * ended without one, unless it was killed here: it is `undefined` then.
 */
export class Child {
  /** The last progress that it reported. @type {any} */
  progress = {};
  lastHeard = performance.now();
  /** What it has recorded of the traces that were kept. @type {import('../observe/tracing.mjs').Span[]} */
  spans = [];
  /** @type {'running' | 'killed' | 'ended'} */
  state = 'running';
  #process;
  /** @type {Set<() => void>} */
  #onProgress = new Set();

  /**
   * @param {string} name
   * @param {URL} file
   * @param {object} options
   */
  constructor(name, file, options) {
    this.name = name;
    this.#process = fork(file, [JSON.stringify(options)]);
    /** @type {(facts: any) => void} */
    let onReady = () => undefined;
    /** @type {Promise<any>} */
    this.ready = new Promise((resolve) => (onReady = resolve));
    /** @type {any} */
    let result;
    this.#process.on('message', (/** @type {{ type: string, facts: object }} */ { type, facts }) => {
      this.lastHeard = performance.now();
      if (type === 'ready') onReady(facts);
      if (type === 'result') ({ spans: this.spans, ...result } = /** @type {any} */ (facts));
      if (type === 'progress') this.progress = facts;
      for (const listener of this.#onProgress) listener();
    });
    /** @type {Promise<any>} */
    this.result = this.#gone().then((how) => {
      const wasKilled = this.state === 'killed';
      if (!wasKilled) this.state = 'ended';
      if (how !== 'code 0' && !wasKilled) throw new Error(`${name} failed: its process ended with ${how}`);
      return result;
    });
    this.result.catch(() => undefined);
  }

  /**
   * Resolves when the progress is far enough.
   *
   * @param {(progress: any) => boolean} isEnough
   * @returns {Promise<void>}
   */
  until(isEnough) {
    return new Promise((resolve) => {
      const listener = () => {
        if (!isEnough(this.progress)) return;
        this.#onProgress.delete(listener);
        resolve();
      };
      this.#onProgress.add(listener);
    });
  }

  /** Asks it to end. */
  stop() {
    if (this.#process.connected) this.#process.send('stop', () => undefined);
  }

  /** Ends it as a crash would: at once, in the middle of everything. */
  kill() {
    if (this.state === 'running') this.state = 'killed';
    this.#process.kill('SIGKILL');
  }

  /** Resolves when the process is gone and all that it said has been read, with how it ended. @returns {Promise<string>} */
  async #gone() {
    const disconnected = new Promise((resolve) => this.#process.once('disconnect', resolve));
    const how = await new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(error.message));
      this.#process.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
    });
    if (this.#process.connected) await disconnected;
    return how;
  }
}
