import type { Serializer } from '../contract/serializer.js';
import { DEFAULTS } from '../defaults.js';
import { badOption, option } from '../options/check-options.js';

/** What happens to a message when the outbox is full. */
export type OutboxPolicy = 'wait' | 'reject' | 'drop-newest' | 'drop-oldest';

/** The queue in which messages wait until the transport takes them. */
export interface OutboxOptions {
  /**
   * How many messages may wait before the policy is applied, from 1 on; `Infinity` is allowed.
   * @defaultValue 50000
   */
  maxMessages?: number | undefined;
  /**
   * How many bytes may wait before the policy is applied, from 1 on; `Infinity` is allowed.
   * @defaultValue 67108864 (64 MiB)
   */
  maxBytes?: number | undefined;
  /**
   * - `wait`: nothing is refused, whatever the limits. The promise of a send settles when the transport has taken the message, or is about to:
   *   whoever awaits it cannot flood the memory.
   * - `reject`: a send past the limit fails with `BACKPRESSURE`.
   * - `drop-newest`: the new message is dropped; `drop-oldest`: the one that waits longest is. A dropped message is counted and reported
   *   as the event `dropped`; its send resolves, since you asked not to mind. (A request that is dropped fails with `BACKPRESSURE`.)
   * @defaultValue 'wait' for requests, tasks, dealers and routers, 'drop-oldest' for publishing, 'drop-newest' for the replies of a server
   */
  policy?: OutboxPolicy | undefined;
}

/** How messages look on the wire: our own form, or that of the original library. */
export type Dialect = 'native' | 'classic';

/** What every endpoint can be given. */
export interface EndpointOptions {
  /** Where to bind or connect: `tcp://host:port`, `ipc://path` or `inproc://name`. To bind, port `*` or 0 picks a free one: see `boundAddress`. */
  address: string;
  /**
   * Whether to bind (wait for peers) or to connect.
   * @defaultValue true for Publisher, Server, Pusher and Router, false for the others
   */
  bind?: boolean | undefined;
  /**
   * How values become bytes: a registered name or a serializer.
   * @defaultValue 'json'
   */
  serializer?: string | Serializer | undefined;
  /**
   * Allows binding where other machines can reach it although nothing is encrypted and nobody is asked who they are.
   * @defaultValue false
   */
  insecure?: boolean | undefined;
  /**
   * The largest message that is taken, in bytes; a peer that sends a larger one is disconnected. `Infinity` is no limit. ZMQ_MAXMSGSIZE.
   * @defaultValue 67108864 (64 MiB)
   */
  maxMessageBytes?: number | undefined;
  /**
   * How long libzmq may go on sending after a close, in ms, and up to a quarter longer; what is below 50 is taken for 50. ZMQ_LINGER.
   * @defaultValue 2000
   */
  lingerMs?: number | undefined;
  /**
   * The first pause before a lost connection is tried again, in ms; it doubles up to `reconnectMaxIntervalMs`. ZMQ_RECONNECT_IVL.
   * @defaultValue 100
   */
  reconnectIntervalMs?: number | undefined;
  /**
   * The longest pause between two attempts to connect, in ms. ZMQ_RECONNECT_IVL_MAX.
   * @defaultValue 5000
   */
  reconnectMaxIntervalMs?: number | undefined;
  /**
   * How long a new peer may take for the handshake, in ms. ZMQ_HANDSHAKE_IVL.
   * @defaultValue 10000
   */
  handshakeTimeoutMs?: number | undefined;
  /**
   * Messages that libzmq holds for each peer and direction. ZMQ_SNDHWM, ZMQ_RCVHWM.
   * @defaultValue 1000; 10000 for publishing in the classic dialect
   */
  highWaterMark?: number | undefined;
  /** The queue in which messages wait until the transport takes them. */
  outbox?: OutboxOptions | undefined;
  /**
   * Which form of messages it sends: `'native'` among endpoints of this library, `'classic'` for peers that run the original one.
   * Both are understood, and whoever answers does so in the form in which it was asked.
   * @defaultValue 'native'
   */
  dialect?: Dialect | undefined;
  /**
   * Whether each native packet carries a CRC-32C of all its bytes, and a native packet without one is refused. Beyond what TCP checks itself.
   * @defaultValue false
   */
  checksum?: boolean | undefined;
  /**
   * How often the other side of a native connection is asked whether it is there, in ms; by that it also learns that we are. `Infinity` never asks.
   * @defaultValue 2500
   */
  pingIntervalMs?: number | undefined;
  /**
   * After how long without a sign of life a native peer is taken for dead, in ms. Must be at least twice `pingIntervalMs`.
   * @defaultValue 10000
   */
  deadPeerMs?: number | undefined;
}

/** The checks of {@link EndpointOptions}. The address is checked by itself, with an error of its own. */
export const ENDPOINT_OPTIONS = {
  address: option.any,
  bind: option.boolean,
  serializer: option.any,
  insecure: option.boolean,
  maxMessageBytes: option.limit,
  lingerMs: option.finiteDuration,
  reconnectIntervalMs: option.finiteDurationAboveZero,
  reconnectMaxIntervalMs: option.finiteDurationAboveZero,
  handshakeTimeoutMs: option.finiteDuration,
  highWaterMark: option.limit,
  outbox: option.object,
  dialect: option.oneOf('native', 'classic'),
  checksum: option.boolean,
  pingIntervalMs: option.duration,
  deadPeerMs: option.duration,
};

export const OUTBOX_OPTIONS = {
  maxMessages: option.limit,
  maxBytes: option.limit,
  policy: option.oneOf('wait', 'reject', 'drop-newest', 'drop-oldest'),
};

/** @throws ConfigurationError BAD_OPTION where a peer would be taken for dead before it was asked twice */
export function checkLiveness(name: string, options: EndpointOptions): void {
  const { pingIntervalMs = DEFAULTS.pingIntervalMs, deadPeerMs = DEFAULTS.deadPeerMs } = options;
  if (pingIntervalMs === Infinity || deadPeerMs >= 2 * pingIntervalMs) return;
  throw badOption(
    `${name}: option 'deadPeerMs' (${String(deadPeerMs)}) must be at least twice 'pingIntervalMs' (${String(pingIntervalMs)})`,
  );
}
