import type { Event } from 'zeromq';
import { messageOf } from '../errors/wire-error.js';
import type { Socket } from './open-socket.js';

/** What becomes of an endpoint's connections. `address` is the endpoint's own, not the peer's: that is all that libzmq tells. */
export interface ConnectionEvents {
  /** A peer has completed the handshake. */
  connected: { readonly address: string };
  /** A connection is gone. A connecting endpoint tries again by itself. */
  disconnected: { readonly address: string };
  /** The next attempt to connect comes after this pause. */
  retrying: { readonly address: string; readonly intervalMs: number };
  /** Somebody came and was not accepted, or did not accept us. */
  handshakeFailed: {
    readonly address: string;
    readonly reason: 'protocol' | 'auth' | 'other';
    readonly message: string;
  };
}

/** libzmq's own limit comes first where it works. */
const GRACE_MS = 500;

/** Tells of connections that come and go, and counts them. */
export class ConnectionMonitor {
  readonly #socket: Socket;
  readonly #handshakeMs: number;
  readonly #report: <K extends keyof ConnectionEvents>(type: K, event: ConnectionEvents[K]) => void;
  #connections = 0;
  /** Connections on which the handshake has begun and not ended. A peer that speaks something else may stay in it until it goes. */
  #handshaking = 0;
  /** Ends that were taken for those of a handshake, for want of knowing. */
  #presumedEnds = 0;
  /** A handshake that failed is followed by a `disconnect` of a connection that was never counted. */
  #failedHandshakes = 0;

  #patience: NodeJS.Timeout | undefined;

  /** @param handshakeMs how long a peer that was connected to may take for the handshake, by our own clock; 0 is no limit. */
  constructor(
    socket: Socket,
    handshakeMs: number,
    report: <K extends keyof ConnectionEvents>(type: K, event: ConnectionEvents[K]) => void,
  ) {
    this.#socket = socket;
    this.#handshakeMs = handshakeMs;
    this.#report = report;
  }

  /** From now on nobody waits for a handshake. */
  stop(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
  }

  /** Connections that have completed the handshake. */
  get connections(): number {
    return this.#connections;
  }

  /**
   * Reads events until the socket is gone, which may be some time after its close: while it still sends, or tries to connect. To be called
   * before the socket is bound or connected. The reading must not end sooner: with nobody to take its events, libzmq's I/O thread would
   * block on the next one, and with it every socket of the process.
   */
  async watch(): Promise<void> {
    const socket = this.#socket;
    const { events } = socket;
    try {
      for (;;) {
        const event = await events.receive();
        if (event.type === 'end') return;
        if (!socket.closed) this.#take(event);
      }
    } catch (error) {
      if (!socket.closed) throw error;
    }
  }

  /** A handshake that is completed after all of them seemed to have ended shows that it was an older connection that had gone. */
  #completed(address: string): void {
    if (this.#handshaking > 0) {
      this.#handshaking -= 1;
    } else if (this.#presumedEnds > 0 && this.#connections > 0) {
      this.#presumedEnds -= 1;
      this.#connections -= 1;
      this.#report('disconnected', { address });
    }
    this.#connections += 1;
    this.#report('connected', { address });
  }

  /** A peer that answers in the way of an older protocol is waited for by libzmq for ever. */
  #expectHandshake(address: string): void {
    this.stop();
    if (this.#handshakeMs === 0) return;
    this.#patience = setTimeout(() => {
      const message = `the peer has not completed the handshake within ${String(this.#handshakeMs)} ms`;
      this.#report('handshakeFailed', { address, reason: 'other', message });
    }, this.#handshakeMs + GRACE_MS);
  }

  #take(event: Event): void {
    if (event.type !== 'accept' && event.type !== 'connect:retry') this.stop();
    switch (event.type) {
      case 'connect':
        this.#expectHandshake(event.address);
        this.#handshaking += 1;
        return;
      case 'accept':
        this.#handshaking += 1;
        return;
      case 'handshake':
        this.#completed(event.address);
        return;
      case 'disconnect':
        if (this.#failedHandshakes > 0) {
          this.#failedHandshakes -= 1;
        } else if (this.#handshaking > 0) {
          // Which connection has gone is not told. To take it for one that was never counted is the safe error: sending to nobody only waits.
          this.#handshaking -= 1;
          this.#presumedEnds += 1;
          this.#report('handshakeFailed', {
            address: event.address,
            reason: 'other',
            message: 'the connection ended during the handshake: the peer may be of another kind',
          });
        } else if (this.#connections > 0) {
          this.#connections -= 1;
          this.#report('disconnected', { address: event.address });
        }
        return;
      case 'connect:retry':
        this.#report('retrying', { address: event.address, intervalMs: event.interval });
        return;
      case 'handshake:error:protocol':
      case 'handshake:error:auth':
      case 'handshake:error:other':
        this.#handshaking = Math.max(0, this.#handshaking - 1);
        this.#failedHandshakes += 1;
        this.#report('handshakeFailed', {
          address: event.address,
          reason: event.type.slice('handshake:error:'.length) as 'protocol' | 'auth' | 'other',
          message: messageOf(event.error),
        });
        return;
      default:
    }
  }
}
