import type { EndpointEvents } from '../sockets/endpoint-events.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';

/** How a client is set up. */
export interface ClientOptions extends EndpointOptions {
  /**
   * The time of a request that names none, in ms. Must be above 0; `Infinity` is allowed.
   * @defaultValue 5000
   */
  timeoutMs?: number | undefined;
}

/** What a client reports beside what every endpoint does. */
export interface ClientEvents extends EndpointEvents {
  /** The server is closing: requests from now on wait for the next connection. */
  draining: { readonly address: string };
}
