import { LiberZMQError } from '@liberzmq/core';
import { ConnectionPool } from '@liberzmq/pool';

/** @typedef {import('@liberzmq/core').Requester} Requester */

const ATTEMPTS = 10;
const CONNECTIONS = { minSize: 2, maxSize: 4, createBackoffMaxMs: 200, client: { timeoutMs: 5_000 } };

/**
 * Asks several servers in turn, each through a pool of connections, and another one when it is left without an answer, if the action is idempotent: what a server was doing when it
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
   * @param {import('@liberzmq/core').Middleware} middleware of each connection
   */
  constructor(addresses, middleware) {
    this.#members = addresses.map((address) => {
      const pool = new ConnectionPool({ address, ...CONNECTIONS });
      pool.addMiddleware(middleware);
      const member = { pool, connections: 0 };
      pool.on('created', () => (member.connections += 1));
      pool.on('destroyed', () => (member.connections -= 1));
      return member;
    });
  }

  /** Resolves when all servers are there. */
  async connect() {
    await Promise.all(this.#members.map(({ pool }) => pool.connect()));
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
    await Promise.all(this.#members.map(({ pool }) => pool.close(options)));
  }

  /** The next one that is connected, if any is. */
  #pick() {
    const connected = this.#members.filter(({ connections }) => connections > 0);
    const among = connected.length > 0 ? connected : this.#members;
    this.#turn += 1;
    return /** @type {(typeof among)[number]} */ (among[this.#turn % among.length]).pool;
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
