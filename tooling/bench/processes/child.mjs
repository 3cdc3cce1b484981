import { fork } from 'node:child_process';

const ANSWER_MS = 60_000;
const GRACE_MS = 3_000;

/** A process of the benchmark, as the one that started it sees it: it is given orders, answers each of them, and is ended. */
export class Child {
  #name;
  #process;
  #lastId = 0;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #orders = new Map();
  /** @type {Promise<void>} */
  #gone;

  /**
   * @param {string} name
   * @param {URL} file
   */
  constructor(name, file) {
    this.#name = name;
    this.#process = fork(file);
    this.#process.on('message', (/** @type {{ id: number, result: any, error?: string }} */ { id, result, error }) => {
      const order = this.#orders.get(id);
      if (error === undefined) order?.resolve(result);
      else order?.reject(new Error(`${name}: ${error}`));
    });
    this.#gone = new Promise((resolve) => {
      this.#process.once('error', (error) => this.#fail(error.message));
      this.#process.once('exit', (code, signal) => {
        this.#fail(`its process has ended with ${signal ?? `code ${code}`}`);
        resolve();
      });
    });
  }

  /**
   * Gives an order, and resolves with the answer.
   *
   * @param {string} order
   * @param {object} [details]
   * @param {number} [withinMs]
   * @returns {Promise<any>}
   */
  async tell(order, details = {}, withinMs = ANSWER_MS) {
    this.#lastId += 1;
    const id = this.#lastId;
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    try {
      return await new Promise((resolve, reject) => {
        this.#orders.set(id, { resolve, reject });
        const seconds = withinMs / 1_000;
        timer = setTimeout(
          () => reject(new Error(`${this.#name}: no answer to '${order}' within ${seconds} s`)),
          withinMs,
        );
        this.#process.send({ id, order, details }, (error) => error && reject(error));
      });
    } finally {
      clearTimeout(timer);
      this.#orders.delete(id);
    }
  }

  /** Stops it in the middle of everything, or lets it go on. @param {'SIGSTOP' | 'SIGCONT'} signal */
  signal(signal) {
    this.#process.kill(signal);
  }

  /** Asks it to end, and kills it if it does not. */
  async end() {
    const timer = setTimeout(() => this.kill(), GRACE_MS);
    if (this.#process.connected) this.#process.disconnect();
    await this.#gone;
    clearTimeout(timer);
  }

  kill() {
    this.#process.kill('SIGKILL');
  }

  /** @param {string} why */
  #fail(why) {
    for (const { reject } of this.#orders.values()) reject(new Error(`${this.#name}: ${why}`));
  }
}
