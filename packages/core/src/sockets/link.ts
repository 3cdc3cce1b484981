import { DEFAULTS } from '../defaults.js';
import { bindWhenFree, closeBound } from './address-release.js';
import { ConnectionMonitor, type ConnectionEvents } from './connection-monitor.js';
import { Inbox } from './inbox.js';
import { openSocket, type Frame, type Socket, type SocketSettings } from './open-socket.js';

/** What an endpoint does for its link. */
export interface LinkOwner {
  onConnectionEvent<K extends keyof ConnectionEvents>(type: K, event: ConnectionEvents[K]): void;
  /** Takes a message. Must neither throw nor reject. If it returns a promise, the next message waits for it. */
  onFrames(frames: Buffer[]): void | Promise<void>;
  /** Whether another message is wanted now. */
  wantsFrames(): boolean;
  /** The socket can be read no more. */
  onReadError(error: unknown): void;
}

/** A socket with what belongs to it: its connections and its reading. */
export class Link {
  readonly #socket: Socket;
  readonly #monitor: ConnectionMonitor;
  readonly #inbox: Inbox;
  #bound = false;

  /** @param watched whether libzmq is to report its connections. */
  constructor(settings: SocketSettings, watched: boolean, owner: LinkOwner) {
    const onReadError = (error: unknown): void => {
      owner.onReadError(error);
    };
    this.#socket = openSocket(settings);
    const { handshakeTimeoutMs = DEFAULTS.handshakeTimeoutMs } = settings.options;
    this.#monitor = new ConnectionMonitor(this.#socket, handshakeTimeoutMs, (type, event) => {
      owner.onConnectionEvent(type, event);
    });
    // Of inproc connections libzmq reports nothing, and a watched socket whose counterpart never comes would keep the process from ending.
    if (watched) this.#monitor.watch().catch(onReadError);
    this.#inbox = new Inbox(
      this.#socket,
      (frames) => owner.onFrames(frames),
      () => owner.wantsFrames(),
      onReadError,
    );
  }

  /** Where it is bound, with the port that was picked. */
  get boundAddress(): string | undefined {
    return this.#bound ? (this.#socket.lastEndpoint ?? undefined) : undefined;
  }

  /** Connections that have completed the handshake. */
  get connections(): number {
    return this.#monitor.connections;
  }

  async bind(endpoint: string): Promise<void> {
    await bindWhenFree(this.#socket, endpoint);
    this.#bound = true;
  }

  connect(endpoint: string): void {
    this.#socket.connect(endpoint);
  }

  send(frames: Frame[]): Promise<void> {
    return this.#socket.send(frames);
  }

  /** Says that more messages may be wanted than before. */
  wake(): void {
    this.#inbox.wake();
  }

  /** See {@link Inbox.poke}. */
  poke(): void {
    this.#inbox.poke();
  }

  /** See {@link Inbox.readAll}. */
  readAll(): void {
    this.#inbox.readAll();
  }

  /** Closes it; what it has taken over goes on leaving for the linger time. */
  async close(): Promise<void> {
    this.#inbox.close();
    this.#monitor.stop();
    if (this.#bound) await closeBound(this.#socket);
    else this.#socket.close();
  }

  /** Closes it, and drops what it has taken over: nothing of it may leave on a connection that libzmq makes by itself, so that it has no time at all. */
  discard(): void {
    this.#inbox.close();
    this.#monitor.stop();
    this.#socket.linger = 0;
    this.#socket.close();
  }
}
