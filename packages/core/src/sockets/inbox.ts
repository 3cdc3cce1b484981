import type { Socket } from './open-socket.js';

/** After so many messages the event loop gets its turn. */
const BURST = 32;
/** And after so much time. */
const SLICE_MS = 10;

/** Reads a socket while somebody wants what is there. When nobody does, messages stay in libzmq, and its high-water mark holds the sender up. */
export class Inbox {
  readonly #socket: Socket;
  readonly #deliver: (frames: Buffer[]) => void | Promise<void>;
  readonly #wants: () => boolean;
  readonly #onError: (error: unknown) => void;
  #reading = false;
  #readsAll = false;
  #closed = false;
  #received = 0;

  /**
   * @param deliver takes a message. Must neither throw nor reject. If it returns a promise, the next message waits for it.
   * @param wants whether another message is wanted now.
   * @param onError told when the socket can be read no more.
   */
  constructor(
    socket: Socket,
    deliver: (frames: Buffer[]) => void | Promise<void>,
    wants: () => boolean,
    onError: (error: unknown) => void,
  ) {
    this.#socket = socket;
    this.#deliver = deliver;
    this.#wants = wants;
    this.#onError = onError;
  }

  /**
   * Whether a message lies ready in libzmq that is not being read. While a receive is pending the socket must not be asked: asking takes
   * note of an arrival that the pending receive waits to be woken by, and it would sleep on.
   */
  get hasMore(): boolean {
    return !this.#reading && !this.#socket.closed && this.#socket.readable;
  }

  /**
   * Lets the socket take note of what its I/O thread has done, a new connection above all. libzmq does that only when a socket is used,
   * and one that nobody reads would never repeat its subscriptions to a new publisher.
   */
  poke(): void {
    if (this.hasMore) this.wake();
  }

  /** Says that more may be wanted now than before. */
  wake(): void {
    if (!this.#reading && !this.#closed) void this.#read().catch(this.#onError);
  }

  /** From now on reads what lies ready, whether it is wanted or not: the socket is about to go. */
  readAll(): void {
    this.#readsAll = true;
    this.wake();
  }

  close(): void {
    this.#closed = true;
  }

  async #read(): Promise<void> {
    this.#reading = true;
    let since = performance.now();
    try {
      while (!this.#closed && (this.#wants() || (this.#readsAll && this.#socket.readable))) {
        const delivered = this.#deliver(await this.#socket.receive());
        if (delivered !== undefined) await delivered;
        this.#received += 1;
        // While more lies ready, receiving costs no turn of the event loop: timers and other sockets would wait for the end of it.
        if (this.#received % BURST !== 0 && performance.now() - since < SLICE_MS) continue;
        await new Promise((resolve) => setImmediate(resolve));
        since = performance.now();
      }
    } catch (error) {
      if (!this.#closed && !this.#socket.closed) throw error;
    } finally {
      this.#reading = false;
    }
  }
}
