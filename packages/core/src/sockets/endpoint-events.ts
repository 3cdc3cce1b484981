import type { OptionCheck } from '../options/check-options.js';
import type { WaitOptions } from '../timing/wait.js';
import type { ConnectionEvents } from './connection-monitor.js';
import type { OutboxPolicy } from './endpoint-options.js';
import type { SocketKind } from './open-socket.js';

/** How far an endpoint's life has come. `closed` is the end: make a new one to start anew. */
export type EndpointState = 'idle' | 'opening' | 'open' | 'closing' | 'closed';

/** What every endpoint reports. */
export interface EndpointEvents extends ConnectionEvents {
  /** It is bound; the address has the port that was picked. */
  bound: { readonly address: string };
  /** A message was dropped here, and counted. */
  dropped: { readonly reason: string; readonly description: string };
  /** A peer sent something that cannot be understood. It was counted and dropped, or answered with an error. */
  malformed: { readonly message: string; readonly peer: string | undefined };
  /** It is closed. */
  closed: object;
}

/** For {@link Endpoint.connect}. */
export interface ConnectOptions extends WaitOptions {
  /**
   * Whether to wait until a peer has answered the handshake.
   * @defaultValue false: resolves when it is bound, or when the attempt to connect is under way
   */
  waitForConnection?: boolean | undefined;
}

/** What a kind of endpoint is built on. */
export interface EndpointKind {
  /** The class's name, for messages. */
  readonly name: string;
  readonly socket: SocketKind;
  readonly bind: boolean;
  readonly policy: OutboxPolicy;
  /** The checks of the options that this kind has beyond those of all. */
  readonly options?: Readonly<Record<string, OptionCheck>>;
}
