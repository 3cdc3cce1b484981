import type { Requester } from '../contract/requester.js';
import { option } from '../options/check-options.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';

/** How a server is set up. */
export interface ServerOptions extends EndpointOptions {
  /**
   * What answers the requests: a service, or any requester (a balancer, say, which makes this server a gateway). It is closed with the server.
   * @defaultValue a new, empty {@link Service}
   */
  service?: Requester | undefined;
  /**
   * Whether a client is told the message of an error that a handler threw without meaning it for the client. `false` says only that it failed.
   * The error is logged here in any case, with its stack.
   * @defaultValue true
   */
  exposeErrors?: boolean | undefined;
  /**
   * The longest time that a request may take, in ms, whatever its client allows. Must be above 0.
   * @defaultValue Infinity: the client's word holds
   */
  maxTimeoutMs?: number | undefined;
  /**
   * How many handlers may be at work at once, from 1 on. What comes beyond waits for its turn, client by client.
   * @defaultValue Infinity: only you know what a handler costs
   */
  maxConcurrency?: number | undefined;
  /**
   * How many requests may wait for their turn. What comes beyond is answered `OVERLOADED` before anything of it has run. 0 lets none wait.
   * @defaultValue 1000
   */
  maxQueue?: number | undefined;
  /**
   * How many of them may be of one client, so that one that floods the server does not take all places.
   * @defaultValue 250
   */
  maxQueuePerPeer?: number | undefined;
}

/** The checks of the options that a server has beyond those of every endpoint. */
export const SERVER_OPTIONS = {
  service: option.object,
  exposeErrors: option.boolean,
  maxTimeoutMs: option.duration,
  maxConcurrency: option.limit,
  maxQueue: option.limitOrZero,
  maxQueuePerPeer: option.limitOrZero,
};
