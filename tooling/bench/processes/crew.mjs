import { Child } from './child.mjs';

const FILES = {
  server: new URL('./server.mjs', import.meta.url),
  client: new URL('./client.mjs', import.meta.url),
  sender: new URL('./sender.mjs', import.meta.url),
  receiver: new URL('./receiver.mjs', import.meta.url),
};

/** The processes of one measurement. Whoever starts them ends them: with `await using` or `end`. */
export class Crew {
  /** All that there are, for an interruption. @type {Set<Crew>} */
  static #all = new Set();
  /** @type {Child[]} */
  #children = [];

  constructor() {
    Crew.#all.add(this);
  }

  /**
   * Starts a process.
   *
   * @param {keyof typeof FILES} role
   * @param {string} contender
   */
  start(role, contender) {
    const child = new Child(`${role} of ${contender}`, FILES[role]);
    this.#children.push(child);
    return child;
  }

  async end() {
    await Promise.all(this.#children.map((child) => child.end()));
    Crew.#all.delete(this);
  }

  /** Ends what there is, at once. */
  static killAll() {
    for (const crew of Crew.#all) for (const child of crew.#children) child.kill();
  }
}
