import type { Peer } from '../sockets/peers.js';
import type { NativeRecord } from '../wire/native/native-record.js';
import type { ClientSession } from './client-session.js';

/** How long what one client sends may keep the event loop from its turn, in ms. */
const LONGEST_MS = 10;
/** After so many records, the clock is looked at. */
const RECORDS_A_LOOK = 4;

/** What takes what a client sends. Neither must throw. */
export interface Taker {
  takeMessage(peer: Peer<ClientSession>, frames: Buffer[]): void;
  /** @param readAt when the record's packet was read, on the clock of `performance.now()`. */
  takeRecord(peer: Peer<ClientSession>, record: NativeRecord, readAt: number): void;
}

/**
 * Takes what each client sends in its order. A packet whose requests keep the server busy for long is taken in several turns of the event
 * loop. What its client sends meanwhile waits behind it, while the others are read and answered.
 */
export class Backlogs {
  readonly #taker: Taker;
  readonly #mostWaiting: number;
  /** Clients with a backlog; each gets its turn. */
  readonly #behind: Peer<ClientSession>[] = [];
  #isAwaited = false;
  /** The client of whom too much waits for anything more to be read. */
  #full: ClientSession | undefined;
  #onRoom: (() => void) | undefined;

  /** @param mostWaiting how many messages of one client may wait, from 1 on. */
  constructor(taker: Taker, mostWaiting: number) {
    this.#taker = taker;
    this.#mostWaiting = mostWaiting;
  }

  /** Takes a message, or keeps it for its turn. @returns a promise if too much waits: then the next message is to be read when it resolves. */
  takeMessage(peer: Peer<ClientSession>, frames: Buffer[]): void | Promise<void> {
    const { session } = peer;
    if (session.backlog === undefined) {
      this.#taker.takeMessage(peer, frames);
      return undefined;
    }
    const { messages } = session.backlog;
    messages.push(frames);
    if (messages.length < this.#mostWaiting) return undefined;
    this.#full = session;
    return new Promise((resolve) => {
      this.#onRoom = resolve;
    });
  }

  /** Takes the records of a packet: all of them now, if that does not take long. */
  takeRecords(peer: Peer<ClientSession>, records: readonly NativeRecord[]): void {
    const readAt = performance.now();
    const next = this.#takeSome(peer, records, 0, readAt, readAt);
    if (next === records.length) return;
    const { session } = peer;
    if (session.backlog === undefined) {
      session.backlog = { records, next, readAt, messages: [] };
      this.#behind.push(peer);
      this.#goOnSoon();
    } else {
      Object.assign(session.backlog, { records, next, readAt });
    }
  }

  /** A client is gone: what has not been taken of it is dropped. */
  forget(peer: Peer<ClientSession>): void {
    peer.session.backlog = undefined;
    const at = this.#behind.indexOf(peer);
    if (at !== -1) this.#behind.splice(at, 1);
    this.#readOn();
  }

  /** Drops all that has not been taken. */
  close(): void {
    for (const { session } of this.#behind.splice(0)) session.backlog = undefined;
    this.#readOn();
  }

  /** @returns where it stopped */
  #takeSome(
    peer: Peer<ClientSession>,
    records: readonly NativeRecord[],
    from: number,
    readAt: number,
    since: number,
  ): number {
    let next = from;
    while (next < records.length) {
      this.#taker.takeRecord(peer, records[next] as NativeRecord, readAt);
      next += 1;
      if (next % RECORDS_A_LOOK === 0 && performance.now() - since >= LONGEST_MS) break;
    }
    // What could be answered at once goes back now, so that the client has work while the next packet is read.
    peer.outbox.flush();
    return next;
  }

  #goOnSoon(): void {
    if (this.#isAwaited || this.#behind.length === 0) return;
    this.#isAwaited = true;
    setImmediate(() => {
      this.#isAwaited = false;
      this.#goOn();
      this.#readOn();
      this.#goOnSoon();
    });
  }

  /** One client gets its turn. */
  #goOn(): void {
    const peer = this.#behind.shift();
    const backlog = peer?.session.backlog;
    if (peer === undefined || backlog === undefined) return;
    const since = performance.now();
    backlog.next = this.#takeSome(peer, backlog.records, backlog.next, backlog.readAt, since);
    while (backlog.next === backlog.records.length && performance.now() - since < LONGEST_MS) {
      const frames = backlog.messages.shift();
      if (frames === undefined) {
        peer.session.backlog = undefined;
        return;
      }
      this.#taker.takeMessage(peer, frames);
    }
    this.#behind.push(peer);
  }

  /** Lets the reader go on, if there is room again for what made it wait. */
  #readOn(): void {
    if ((this.#full?.backlog?.messages.length ?? 0) >= this.#mostWaiting) return;
    this.#full = undefined;
    this.#onRoom?.();
    this.#onRoom = undefined;
  }
}
