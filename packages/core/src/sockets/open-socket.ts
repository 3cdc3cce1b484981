import type { Event, Socket as ZmqSocket } from 'zeromq';
import { DEFAULTS } from '../defaults.js';
import type { EndpointOptions } from './endpoint-options.js';
import { zeromq } from './zeromq.js';

/** A part of a ZeroMQ message. */
export type Frame = Uint8Array | string;

/** What the library needs of a ZeroMQ socket. */
export interface Socket {
  /** How long it may go on sending after a close, in ms. */
  linger: number;
  readonly lastEndpoint: string | null;
  /** Whether a message can be received at once. */
  readonly readable: boolean;
  readonly closed: boolean;
  readonly events: { receive(): Promise<Event> };
  bind(address: string): Promise<void>;
  connect(address: string): void;
  /** Only one send may be pending. Rejects with `EAGAIN` when the peer takes nothing within the send time-out. */
  send(frames: Frame[]): Promise<void>;
  /** Only one receive may be pending. */
  receive(): Promise<Buffer[]>;
  close(): void;
}

/** The ZeroMQ socket behind each endpoint. */
export type SocketKind = 'dealer' | 'router' | 'xpub' | 'xsub' | 'push' | 'pull';

/** What an endpoint wants of its socket beyond what the user can set. */
export interface SocketSettings {
  readonly kind: SocketKind;
  readonly options: EndpointOptions;
  readonly ipv6: boolean;
  /** Messages that libzmq holds for each peer and direction. */
  readonly highWaterMark: number;
  /** Bytes for each of the kernel's buffers; `undefined` leaves them to the system. */
  readonly kernelBufferBytes?: number | undefined;
  /** The routing id that a ROUTER will know this DEALER by. */
  readonly routingId?: string | undefined;
  /** For XPUB: be told that a peer takes nothing more, instead of dropping what is meant for it. */
  readonly noDrop?: boolean | undefined;
}

const SHORTEST_LINGER_MS = 50;
const LONGEST_LINGER_MS = 0x7fff_ffff;

/** How long one attempt of a send that may wait for its peer lasts, before the state of things is looked at anew. */
const SEND_ATTEMPT_MS = 100;

/**
 * A silent network is noticed within 10 s. There is no limit for retransmission (TCP_USER_TIMEOUT): it would also cut off a receiver that takes
 * its time to read, and lose what is queued for it.
 */
const KEEPALIVE_IDLE_S = 3;
const KEEPALIVE_INTERVAL_S = 2;
const KEEPALIVE_COUNT = 3;

/** ZMQ_ROUTER_NOTIFY and its value for "tell me when a peer goes": a draft option, known by number only. */
const ROUTER_NOTIFY = 97;
const NOTIFY_DISCONNECT = 2;

/** What every socket of zeromq has, for options that have no name there. */
interface NumberedOptions {
  setInt32Option(option: number, value: number): void;
}

/** Makes a socket, not yet bound or connected. Its options are those that every endpoint shares, and what its kind needs. */
export function openSocket(settings: SocketSettings): Socket {
  const { kind, options, ipv6, highWaterMark, kernelBufferBytes, routingId, noDrop } = settings;
  const waterMark = highWaterMark === Infinity ? 0 : highWaterMark;
  const maxMessageBytes = options.maxMessageBytes ?? DEFAULTS.maxMessageBytes;
  const shared = {
    linger: lingerOf(options),
    maxMessageSize: maxMessageBytes === Infinity ? -1 : maxMessageBytes,
    reconnectInterval: options.reconnectIntervalMs ?? DEFAULTS.reconnectIntervalMs,
    reconnectMaxInterval: options.reconnectMaxIntervalMs ?? DEFAULTS.reconnectMaxIntervalMs,
    handshakeInterval: options.handshakeTimeoutMs ?? DEFAULTS.handshakeTimeoutMs,
    tcpKeepalive: 1,
    tcpKeepaliveIdle: KEEPALIVE_IDLE_S,
    tcpKeepaliveInterval: KEEPALIVE_INTERVAL_S,
    tcpKeepaliveCount: KEEPALIVE_COUNT,
    ipv6,
  };
  const sending = {
    sendHighWaterMark: waterMark,
    ...(kernelBufferBytes === undefined ? {} : { sendBufferSize: kernelBufferBytes }),
  };
  const receiving = {
    receiveHighWaterMark: waterMark,
    ...(kernelBufferBytes === undefined ? {} : { receiveBufferSize: kernelBufferBytes }),
  };
  // A send time-out of 0 settles each send at once: a socket that serves many peers must not be held up by one of them. And a send that waits
  // for room swallows the wake-up that a receive on the same socket waits for.
  const atOnce = { sendTimeout: 0 };
  const one = { sendTimeout: SEND_ATTEMPT_MS };
  const { Dealer, Router, XPublisher, XSubscriber, Push, Pull } = zeromq();
  switch (kind) {
    case 'dealer':
      return asSocket(
        new Dealer({
          ...shared,
          ...sending,
          ...receiving,
          ...atOnce,
          ...(routingId === undefined ? {} : { routingId }),
        }),
      );
    case 'router':
      return notified(asSocket(new Router({ ...shared, ...sending, ...receiving, ...atOnce, mandatory: true })));
    case 'xpub':
      return asSocket(
        new XPublisher({
          ...shared,
          ...sending,
          ...receiving,
          ...atOnce,
          verbosity: 'allSubsUnsubs',
          noDrop: noDrop === true,
        }),
      );
    case 'xsub':
      // What an XSUB sends are subscriptions: above a high-water mark they would be dropped without a word.
      return asSocket(new XSubscriber({ ...shared, ...receiving, ...atOnce, linger: 0, sendHighWaterMark: 0 }));
    case 'push':
      // With `immediate` a lost connection takes with it what was queued for it, instead of replaying that to the next one. It also takes what
      // has arrived and was not read yet, so it is not for sockets that receive.
      return asSocket(new Push({ ...shared, ...sending, ...one, immediate: true }));
    case 'pull':
      return asSocket(new Pull({ ...shared, ...receiving, linger: 0 }));
  }
}

/**
 * How long a socket goes on sending after its close, in ms. When that time ends while a message of several frames is on its way, and its connection
 * breaks in the same moment, libzmq aborts the whole process (an assertion in `clean_pipes`). Two ends that are closed together, as those of one
 * application mostly are, break each other's connection: so the time is never none at all, and not the same for both.
 */
function lingerOf({ lingerMs = DEFAULTS.lingerMs }: EndpointOptions): number {
  return Math.min(Math.round(Math.max(lingerMs, SHORTEST_LINGER_MS) * (1 + Math.random() / 4)), LONGEST_LINGER_MS);
}

/** Has a socket be told when a peer goes, where libzmq can do that. */
function notified(router: Socket): Socket {
  if (zeromq().capability.draft === true) {
    (router as unknown as NumberedOptions).setInt32Option(ROUTER_NOTIFY, NOTIFY_DISCONNECT);
  }
  return router;
}

/** PUSH cannot receive and PULL cannot send; nobody here asks them to. */
function asSocket(socket: ZmqSocket): Socket {
  return socket as unknown as Socket;
}
