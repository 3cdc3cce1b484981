import { DEFAULTS } from '../defaults.js';
import { waitFor, type Wait, type WaitOptions } from '../timing/wait.js';
import type { Address } from '../options/address.js';
import type { ConnectionEvents } from './connection-monitor.js';
import { Link, type LinkOwner } from './link.js';
import type { Frame, SocketSettings } from './open-socket.js';
import { loadZeromq } from './zeromq.js';

/** What an endpoint does for its connection. */
export interface ConnectionOwner extends LinkOwner {
  /** What the socket is made with; asked again when it is made anew. */
  socketSettings(): SocketSettings;
  /** A connection is gone, and all that had arrived on it has been read. */
  onDisconnected(): void;
  /** The socket has been made anew; it is about to connect. */
  onRenewed(): void;
}

/** How long messages that arrived just before a connection was lost may take to be read. */
const LAST_MESSAGES_MS = 2_000;

/** The way to an endpoint's peers, through sockets that come and go. */
export class Connection {
  readonly #address: Address;
  readonly #bind: boolean;
  readonly #owner: ConnectionOwner;
  readonly #waiters = new Set<Wait<void>>();
  #link: Link | undefined;
  #renewing = false;
  /** Attempts that have failed since a peer was there. */
  #failures = 0;
  #reconnect: NodeJS.Timeout | undefined;
  #received = 0;

  constructor(address: Address, bind: boolean, owner: ConnectionOwner) {
    this.#address = address;
    this.#bind = bind;
    this.#owner = owner;
  }

  /** Where it is bound, with the port that was picked. */
  get boundAddress(): string | undefined {
    return this.#link?.boundAddress;
  }

  /** Peers that have completed the handshake, as far as libzmq tells. */
  get peers(): number {
    return this.#link?.connections ?? 0;
  }

  /** Whether a peer is there. Of `inproc` peers libzmq tells nothing: they count as there from the start. */
  get hasPeer(): boolean {
    return this.#address.transport === 'inproc' || (this.#link?.connections ?? 0) > 0;
  }

  /** Whether a message that is handed over now may reach a peer. */
  get isReady(): boolean {
    return this.hasPeer && !this.#renewing;
  }

  /** Binds, or begins to connect. If it throws, it can be called again. */
  async open(): Promise<void> {
    await loadZeromq();
    const link = this.#newLink();
    this.#link = link;
    try {
      if (this.#bind) await link.bind(this.#address.endpoint);
      else link.connect(this.#address.endpoint);
    } catch (error) {
      this.#link = undefined;
      link.discard();
      throw error;
    }
  }

  /** Resolves when a peer has answered the handshake. @throws TimeoutError TIMEOUT; CancelledError ABORTED; what {@link close} was given */
  async waitForPeer(options: WaitOptions): Promise<void> {
    if (this.hasPeer) return;
    const what = `no peer answered at ${this.#address.endpoint}`;
    const waiter = waitFor(what, options, (over) => this.#waiters.delete(over));
    if (!waiter.isOver) this.#waiters.add(waiter);
    await waiter.promise;
  }

  /** Hands frames to libzmq. */
  send(frames: Frame[]): Promise<void> {
    return this.#link === undefined ? Promise.reject(new Error('there is no socket')) : this.#link.send(frames);
  }

  /** Says that more messages may be wanted than before. */
  wake(): void {
    this.#link?.wake();
  }

  /** Takes the connection of an endpoint that connects for lost, although libzmq has not noticed. */
  giveUp(): void {
    if (this.#bind || this.#renewing || this.#reconnect !== undefined) return;
    this.#owner.onConnectionEvent('disconnected', { address: this.#address.endpoint });
    void this.#afterDisconnect(true);
  }

  /** @param reason what those get who still wait for a peer. */
  async close(reason: Error): Promise<void> {
    clearTimeout(this.#reconnect);
    for (const waiter of [...this.#waiters]) waiter.reject(reason);
    const link = this.#link;
    this.#link = undefined;
    await link?.close();
  }

  #newLink(): Link {
    const owner = this.#owner;
    const link: Link = new Link(owner.socketSettings(), this.#address.transport !== 'inproc', {
      onConnectionEvent: (type, event) => {
        if (this.#link === link) this.#onConnectionEvent(type, event);
      },
      onFrames: (frames) => {
        this.#received += 1;
        return owner.onFrames(frames);
      },
      wantsFrames: () => owner.wantsFrames(),
      onReadError: (error) => {
        owner.onReadError(error);
      },
    });
    return link;
  }

  #onConnectionEvent<K extends keyof ConnectionEvents>(type: K, event: ConnectionEvents[K]): void {
    this.#link?.poke();
    if (type === 'connected') {
      this.#failures = 0;
      for (const waiter of [...this.#waiters]) waiter.resolve();
    }
    this.#owner.onConnectionEvent(type, event);
    if (type === 'disconnected') void this.#afterDisconnect(true);
    else if (type === 'handshakeFailed' && !this.#bind) void this.#afterDisconnect(false);
  }

  /**
   * A connecting endpoint that has lost its peer goes on with a new socket, once all that had arrived on the old one has been read. libzmq
   * would connect the old one again by itself, but not after everything (a message that is too large, a peer of another kind: then it gives up
   * for good), and it would replay what a DEALER had been given, to run what the caller was told had failed.
   *
   * @param wasPeer whether the handshake had been completed.
   */
  async #afterDisconnect(wasPeer: boolean): Promise<void> {
    if (this.#renewing) return;
    const lost = this.#link;
    this.#renewing = !this.#bind;
    if (this.#renewing) lost?.readAll();
    await this.#arrivedIsRead();
    if (wasPeer) this.#owner.onDisconnected();
    if (!this.#renewing) return;
    this.#renewing = false;
    if (lost === undefined || this.#link !== lost) return;
    lost.discard();
    const link = this.#newLink();
    this.#link = link;
    this.#owner.onRenewed();
    link.wake();
    clearTimeout(this.#reconnect);
    this.#reconnect = setTimeout(() => {
      this.#reconnect = undefined;
      if (this.#link === link) link.connect(this.#address.endpoint);
    }, this.#pauseMs());
    this.#failures += 1;
  }

  /** Doubles with every failure, and varies between the half and the whole, so that the clients of a server that restarts do not all come at once. */
  #pauseMs(): number {
    const {
      reconnectIntervalMs = DEFAULTS.reconnectIntervalMs,
      reconnectMaxIntervalMs = DEFAULTS.reconnectMaxIntervalMs,
    } = this.#owner.socketSettings().options;
    const longest = Math.max(reconnectIntervalMs, reconnectMaxIntervalMs);
    return Math.min(reconnectIntervalMs * 2 ** this.#failures, longest) * (0.5 + Math.random() / 2);
  }

  /**
   * Three turns of the event loop without a message: in the first, the socket is polled; in the second, what it had has been read; one may be
   * the pause that the reader makes.
   * The socket itself must not be asked while a receive is pending.
   */
  async #arrivedIsRead(): Promise<void> {
    const until = performance.now() + LAST_MESSAGES_MS;
    let before;
    do {
      before = this.#received;
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    } while (this.#received > before && performance.now() < until);
  }
}
