import type { Connection } from './connection.js';

/**
 * Whether a connection has been silent since something was asked over it. One that is may lead nowhere (a machine that is gone, a firewall that has forgotten it), which the kernel finds
 * out after minutes, while a new one may work at once. A member that is slow is not silent: it says something of other calls, or answers pings.
 */
export class Silence {
  readonly #connection: Connection;
  readonly #bytesRead: number;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#bytesRead = connection.bytesRead;
  }

  get isSilent(): boolean {
    return this.#connection.bytesRead === this.#bytesRead;
  }

  /** What was asked has not been answered in time. */
  retireIfSilent(): void {
    if (this.isSilent) this.#connection.retire();
  }
}
