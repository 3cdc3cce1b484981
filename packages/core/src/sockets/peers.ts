import { isUtf8 } from 'node:buffer';
import type { Outbox } from './outbox.js';
import { isPeerGone } from './socket-error.js';

/** A peer of a ROUTER socket, with what its endpoint keeps of it. */
export interface Peer<Session = undefined> {
  /** Its routing id, as the socket gives it. */
  readonly id: Buffer;
  /** The id for people: its text if it is text, else hexadecimal. */
  readonly name: string;
  /** What waits to be sent to it. */
  readonly outbox: Outbox;
  readonly session: Session;
}

/** The peers that a ROUTER knows: from a peer's first message until it goes. */
export class Peers<Session = undefined> {
  readonly #peers = new Map<string, Peer<Session>>();
  readonly #newOutbox: (name: string, id: Buffer) => Outbox;
  readonly #newSession: () => Session;
  readonly #onGone: (peer: Peer<Session>) => void;
  /** Most messages come from the peer that the last one came from. */
  #last: Peer<Session> | undefined;

  /** @param onGone told of each peer that has gone, however that was noticed. */
  constructor(
    newOutbox: (name: string, id: Buffer) => Outbox,
    newSession: () => Session,
    onGone: (peer: Peer<Session>) => void,
  ) {
    this.#newOutbox = newOutbox;
    this.#newSession = newSession;
    this.#onGone = onGone;
  }

  /** The peer of that id, new or known. */
  of(id: Buffer): Peer<Session> {
    if (this.#last?.id.equals(id) === true) return this.#last;
    const key = id.toString('latin1');
    let peer = this.#peers.get(key);
    if (peer === undefined) {
      const name = peerName(id);
      peer = { id, name, outbox: this.#newOutbox(name, id), session: this.#newSession() };
      this.#peers.set(key, peer);
    }
    this.#last = peer;
    return peer;
  }

  /** The peer of that name, if there is one. */
  find(name: string): Peer<Session> | undefined {
    const candidates = [Buffer.from(name), Buffer.from(name, 'hex')].map((id) =>
      this.#peers.get(id.toString('latin1')),
    );
    return candidates.find((peer) => peer?.name === name);
  }

  /** Passes on what comes of a send to a peer, and forgets a peer that the socket does not know any more. */
  async sendTo(id: Buffer, sent: Promise<void>): Promise<void> {
    try {
      await sent;
    } catch (error) {
      if (isPeerGone(error)) this.gone(id);
      throw error;
    }
  }

  /** A peer has gone: what waits for it is dropped. */
  gone(id: Buffer): void {
    const key = id.toString('latin1');
    this.#last = undefined;
    const peer = this.#peers.get(key);
    this.#peers.delete(key);
    if (peer === undefined) return;
    peer.outbox.dropAll();
    this.#onGone(peer);
  }

  /** All have gone: the connection over which they came is lost for good. */
  allGone(): void {
    for (const { id } of [...this.#peers.values()]) this.gone(id);
  }

  /** What waits for all of them. */
  get queued(): { messages: number; bytes: number } {
    const queued = { messages: 0, bytes: 0 };
    for (const { outbox } of this.#peers.values()) {
      queued.messages += outbox.messages;
      queued.bytes += outbox.bytes;
    }
    return queued;
  }

  /** Resolves when nothing waits for anybody. */
  async empty(): Promise<void> {
    await Promise.all([...this.#peers.values()].map(({ outbox }) => outbox.empty()));
  }

  [Symbol.iterator](): IterableIterator<Peer<Session>> {
    return this.#peers.values();
  }

  close(): void {
    this.#last = undefined;
    for (const { outbox } of this.#peers.values()) outbox.close();
    this.#peers.clear();
  }
}

/** A routing id for people. */
function peerName(id: Buffer): string {
  const text = id.toString('utf8');
  return isUtf8(id) && /^[\p{L}\p{N}\p{P}\p{S} ]+$/u.test(text) ? text : id.toString('hex');
}
