import { Client, LiberZMQError } from '@liberzmq/core';

const ATTEMPTS = 10;
const TIMEOUT_MS = 5_000;
const RECONNECT_MS = 200;

/**
 * Asks one of several servers, and another one when it is left without an answer. For queries: what a server was doing when it crashed
 * may have run, and runs again.
 */
export class Failover {
  asked = 0;
  answered = 0;
  /** @type {Record<string, number>} How often something had to be asked again, by the reason. */
  askedAgain = {};
  #members;

  /** @param {string[]} addresses */
  constructor(addresses) {
    this.#members = addresses.map((address) => {
      const client = new Client({ address, timeoutMs: TIMEOUT_MS, reconnectMaxIntervalMs: RECONNECT_MS });
      const member = { client, connected: false };
      client.on('connected', () => (member.connected = true));
      client.on('disconnected', () => (member.connected = false));
      return member;
    });
  }

  /** Resolves when all servers are there. */
  async connect() {
    await Promise.all(this.#members.map(({ client }) => client.connect({ waitForConnection: true })));
  }

  /**
   * @param {number} turn which server is asked first
   * @param {string} action
   * @param {unknown} [data]
   * @returns {Promise<unknown>} `undefined` if no attempt brought an answer: that query is lost
   */
  async ask(turn, action, data) {
    this.asked += 1;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      try {
        const answer = await this.#pick(turn + attempt).sendRequest(action, data);
        this.answered += 1;
        return answer;
      } catch (error) {
        // `answered` is the server's own refusal. With `not-sent` and `unknown` another one may do better, unless we are closed ourselves.
        if (!(error instanceof LiberZMQError) || error.outcome === 'answered' || error.code === 'CLOSED') throw error;
        this.askedAgain[error.code] = (this.askedAgain[error.code] ?? 0) + 1;
      }
    }
    return undefined;
  }

  /** @param {import('@liberzmq/core').CloseOptions} [options] */
  async close(options) {
    await Promise.all(this.#members.map(({ client }) => client.close(options)));
  }

  /** One that is connected, if any is. @param {number} turn */
  #pick(turn) {
    const connected = this.#members.filter((member) => member.connected);
    const among = connected.length > 0 ? connected : this.#members;
    return /** @type {(typeof among)[number]} */ (among[turn % among.length]).client;
  }
}
