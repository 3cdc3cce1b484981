import { Client, LiberZMQError } from '@liberzmq/core';

/** @typedef {import('@liberzmq/core').Requester} Requester */

const ATTEMPTS = 10;
const TIMEOUT_MS = 5_000;
const RECONNECT_MS = 200;

/**
 * Asks several servers in turn, and another one when it is left without an answer, if the action is idempotent: what a server was doing when it
 * crashed may have run, and runs again.
 *
 * @implements {Requester}
 */
export class Failover {
  /** @type {Record<string, number>} How often something had to be asked again, by the reason. */
  askedAgain = {};
  #members;
  #turn = 0;

  /**
   * @param {string[]} addresses
   * @param {import('@liberzmq/core').Middleware} middleware of each client
   */
  constructor(addresses, middleware) {
    this.#members = addresses.map((address) => {
      const client = new Client({ address, timeoutMs: TIMEOUT_MS, reconnectMaxIntervalMs: RECONNECT_MS });
      client.addMiddleware(middleware);
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
   * @param {string} action
   * @param {unknown} [data]
   * @param {import('@liberzmq/core').RequestOptions} [options]
   */
  async sendRequest(action, data, options) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#pick().sendRequest(action, data, options);
      } catch (error) {
        if (attempt === ATTEMPTS || !mayAskAgain(error, options)) throw error;
        const { code } = /** @type {LiberZMQError} */ (error);
        this.askedAgain[code] = (this.askedAgain[code] ?? 0) + 1;
      }
    }
  }

  /** @param {import('@liberzmq/core').CloseOptions} [options] */
  async close(options) {
    await Promise.all(this.#members.map(({ client }) => client.close(options)));
  }

  /** The next one that is connected, if any is. */
  #pick() {
    const connected = this.#members.filter((member) => member.connected);
    const among = connected.length > 0 ? connected : this.#members;
    this.#turn += 1;
    return /** @type {(typeof among)[number]} */ (among[this.#turn % among.length]).client;
  }
}

/**
 * `answered` is the server's own refusal. With `not-sent` another one may do better, and with `unknown` if nobody minds that it runs twice, unless we
 * are closed ourselves.
 *
 * @param {unknown} error
 * @param {import('@liberzmq/core').RequestOptions} [options]
 */
function mayAskAgain(error, { idempotent = false } = {}) {
  if (!(error instanceof LiberZMQError) || error.code === 'CLOSED') return false;
  return error.outcome === 'not-sent' || (error.outcome === 'unknown' && idempotent);
}
