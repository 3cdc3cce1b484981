/** The defaults of all options, in one place. The README's table gives the reason of each. */
export const DEFAULTS = {
  /** What a person still waits for, and the original library's value. */
  requestTimeoutMs: 5_000,
  /** How long a close waits for what is under way. */
  closeTimeoutMs: 5_000,
  /** What libzmq may still send after a close. Its own default, for ever, keeps a process from ending. */
  lingerMs: 2_000,
  /** The largest message that is taken from a peer: a length field must not decide how much memory is asked for. */
  maxMessageBytes: 64 * 1024 * 1024,
  /** The first pause before connecting anew; it grows to the second by doubling. */
  reconnectIntervalMs: 100,
  reconnectMaxIntervalMs: 5_000,
  /** A peer that says nothing during the handshake is not one of ours. */
  handshakeTimeoutMs: 10_000,
  /** Three questions in a row stay without an answer before a peer is taken for dead: one may be late. */
  pingIntervalMs: 2_500,
  /** What a person takes for an outage. */
  deadPeerMs: 10_000,
  /** Messages that libzmq holds for each peer and direction: its own default. */
  highWaterMark: 1_000,
  /** For publishing one by one, in the classic dialect, it is larger: libzmq drops what is above it, and a burst is no reason to lose anything. */
  publishHighWaterMark: 10_000,
  /** Messages and bytes that wait in an outbox before its policy is applied. */
  outboxMaxMessages: 50_000,
  outboxMaxBytes: 64 * 1024 * 1024,
  /** Requests that wait for their turn at a server that limits how many run, of all clients and of one. */
  maxQueue: 1_000,
  maxQueuePerPeer: 250,
  /** Bytes that the kernel may hold on each side between a pusher and a puller. */
  prefetchBytes: 64 * 1024,
  /** Messages that an iterator holds ready for its loop. */
  iteratorBuffer: 1_000,
} as const;
