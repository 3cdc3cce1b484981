import type { EndpointEvents } from '../sockets/endpoint-events.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';

/** How a client is set up. */
export interface ClientOptions extends EndpointOptions {
  /**
   * The time of a request that names none, in ms. Must be above 0; `Infinity` is allowed.
   * @defaultValue 5000
   */
  timeoutMs?: number | undefined;
  /**
   * Whether requests that have not left wait for the next connection, as long as they have time. With `false` they fail at once with `UNREACHABLE`, `not-sent`, when there is no
   * connection, when it is lost, and when the server says goodbye: for whoever can ask another server. The first request of such a client
   * begins to connect, and fails; `connect({ waitForConnection: true })` before it helps.
   * @defaultValue true
   */
  waitForConnection?: boolean | undefined;
}

/** What a client reports beside what every endpoint does. */
export interface ClientEvents extends EndpointEvents {
  /** The server is closing: requests from now on wait for the next connection. */
  draining: { readonly address: string };
  /**
   * The server has said that it is closing, and is still there after a long time: about twice `deadPeerMs`. Requests go to it again, those that waited among them. One that has thought better of
   * it answers them; one that takes so long to finish what runs answers with `DRAINING`.
   */
  resumed: { readonly address: string };
}
