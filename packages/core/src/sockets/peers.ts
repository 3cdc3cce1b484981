import { isUtf8 } from 'node:buffer';
import type { Outbox } from './outbox.js';
import { isPeerGone } from './socket-error.js';

/** A peer of a ROUTER socket. */
export interface Peer {
  /** Its routing id, as the socket gives it. */
  readonly id: Buffer;
  /** The id for people: its text if it is text, else hexadecimal. */
  readonly name: string;
  /** What waits to be sent to it. */
  readonly outbox: Outbox;
}

/** The peers that a ROUTER knows: from a peer's first message until it goes. */
export class Peers {
  readonly #peers = new Map<string, Peer>();
  readonly #newOutbox: (name: string, id: Buffer) => Outbox;

  constructor(newOutbox: (name: string, id: Buffer) => Outbox) {
    this.#newOutbox = newOutbox;
  }

  get size(): number {
    return this.#peers.size;
  }

  /** The peer of that id, new or known. */
  of(id: Buffer): Peer {
    const key = id.toString('latin1');
    let peer = this.#peers.get(key);
    if (peer === undefined) {
      const name = peerName(id);
      peer = { id, name, outbox: this.#newOutbox(name, id) };
      this.#peers.set(key, peer);
    }
    return peer;
  }

  /** The peer of that name, if there is one. */
  find(name: string): Peer | undefined {
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

  /** The peer has gone: what waits for it is dropped. @returns the peer, if it was known */
  gone(id: Buffer): Peer | undefined {
    const key = id.toString('latin1');
    const peer = this.#peers.get(key);
    this.#peers.delete(key);
    peer?.outbox.dropAll();
    return peer;
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

  close(): void {
    for (const { outbox } of this.#peers.values()) outbox.close();
    this.#peers.clear();
  }
}

/** A routing id for people. */
function peerName(id: Buffer): string {
  const text = id.toString('utf8');
  return isUtf8(id) && /^[\p{L}\p{N}\p{P}\p{S} ]+$/u.test(text) ? text : id.toString('hex');
}
