import type { Socket } from 'node:net';
import type { BitFlips } from './bit-flips.js';

/** What is wrong with one direction of all connections at the moment. */
export interface LaneFaults {
  delayMs: number;
  jitterMs: number;
  bytesPerSecond: number;
  stalled: 'no' | 'held' | 'swallowed';
}

/** What a lane tells, and asks, its connection. */
export interface LaneOwner {
  readonly faults: Readonly<LaneFaults>;
  /** From 0 up to, not including, 1. */
  random(): number;
  onForwarded(bytes: number): void;
  onSwallowed(bytes: number): void;
  onFlip(position: number, bit: number): void;
  /** As much as {@link Lane.truncate} allowed has been forwarded. */
  onTruncated(): void;
}

interface Piece {
  bytes: Buffer;
  readonly dueAt: number;
}

/** A throttled direction sends at once what it may send in so long, if there is so much: less is not worth waking up for. */
const WRITE_MS = 5;
/** What it did not send in so long is made good when it has something to send. Longer than timers are late. */
const BURST_MS = 20;
/** A timer that is set to longer ends at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One direction of a connection: what comes from one socket goes to the other, as soon and as far as the faults let it. */
export class Lane {
  readonly #source: Socket;
  readonly #destination: Socket;
  readonly #owner: LaneOwner;
  readonly #bufferBytes: number;
  readonly #queue: Piece[] = [];
  #queuedBytes = 0;
  #position = 0;
  #lastDueAt = 0;
  #allowance = 0;
  #allowedAt = 0;
  #left = Infinity;
  #flips: BitFlips | undefined;
  #timer: NodeJS.Timeout | undefined;
  #draining = false;
  #over = false;
  #lossy = false;
  /** How the source has ended, which the destination is told after all that came before. */
  #end: 'fin' | 'rst' | undefined;

  /** @param bufferBytes how much is held before the source is read no more. */
  constructor(source: Socket, destination: Socket, bufferBytes: number, owner: LaneOwner) {
    this.#source = source;
    this.#destination = destination;
    this.#bufferBytes = bufferBytes;
    this.#owner = owner;
    source.on('data', (bytes) => {
      this.#take(bytes);
    });
    source.once('end', () => {
      this.#ended('fin');
    });
    source.on('error', () => {
      this.#ended('rst');
    });
    destination.once('close', () => {
      this.swallow();
    });
    destination.on('drain', () => {
      this.#draining = false;
      this.pump();
    });
    this.pump();
  }

  /** Bytes that have come in and gone out, in this order. */
  get position(): number {
    return this.#position;
  }

  /** Whether bytes are missing, so that what follows makes no sense any more. */
  get isLossy(): boolean {
    return this.#lossy;
  }

  /** Forwards so many more bytes, and then tells its owner. */
  truncate(afterBytes: number): void {
    this.#left = afterBytes;
    this.pump();
  }

  flip(flips: BitFlips | undefined): void {
    this.#flips = flips;
  }

  /** Forwards nothing more, and takes what comes as if it had been. */
  swallow(): void {
    this.#over = true;
    this.#lossy = true;
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    clearTimeout(this.#timer);
    this.#source.resume();
  }

  /** Looks anew at what may be forwarded. */
  pump(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#regulate();
    if (this.#owner.faults.stalled !== 'no') return;
    while (!this.#over && !this.#draining) {
      const [piece] = this.#queue;
      if (this.#left <= 0) {
        this.#over = true;
        this.#owner.onTruncated();
        return;
      }
      if (piece === undefined) break;
      const waitMs = Math.max(piece.dueAt - performance.now(), this.#throttledForMs(piece.bytes.length));
      if (waitMs > 0) {
        const ms = Math.min(Math.ceil(waitMs), LONGEST_TIMER_MS);
        this.#timer = setTimeout(() => {
          this.pump();
        }, ms);
        return;
      }
      this.#forward(piece);
    }
    if (this.#queue.length === 0 && this.#end !== undefined) this.#tellEnd(this.#end);
  }

  /** Forwards nothing more. */
  stop(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  #take(bytes: Buffer): void {
    if (this.#over || this.#owner.faults.stalled === 'swallowed') {
      this.#lossy = true;
      this.#owner.onSwallowed(bytes.length);
      return;
    }
    const { delayMs, jitterMs } = this.#owner.faults;
    const dueAt = performance.now() + delayMs + this.#owner.random() * jitterMs;
    this.#lastDueAt = Math.max(this.#lastDueAt, dueAt);
    this.#queue.push({ bytes, dueAt: this.#lastDueAt });
    this.#queuedBytes += bytes.length;
    this.pump();
  }

  #forward(piece: Piece): void {
    const bytes = piece.bytes.subarray(0, Math.min(this.#left, Math.max(1, Math.floor(this.#allowance))));
    if (bytes.length === piece.bytes.length) this.#queue.shift();
    else piece.bytes = piece.bytes.subarray(bytes.length);
    this.#queuedBytes -= bytes.length;
    this.#left -= bytes.length;
    this.#allowance -= bytes.length;
    const out = this.#flips?.apply(bytes, this.#position, (...flip) => {
      this.#owner.onFlip(...flip);
    });
    this.#position += bytes.length;
    this.#owner.onForwarded(bytes.length);
    this.#draining = !this.#destination.write(out ?? bytes);
    this.#regulate();
  }

  /** A token bucket: how long until a piece may go, or as much of it as is worth a write. */
  #throttledForMs(pieceBytes: number): number {
    const bytesPerMs = this.#owner.faults.bytesPerSecond / 1_000;
    if (bytesPerMs === Infinity) {
      this.#allowance = Infinity;
      return 0;
    }
    const now = performance.now();
    const saved = this.#allowance === Infinity ? 0 : this.#allowance;
    const earned = (now - this.#allowedAt) * bytesPerMs;
    this.#allowance = Math.min(saved + earned, Math.max(1, bytesPerMs * BURST_MS));
    this.#allowedAt = now;
    const missing = Math.min(pieceBytes, Math.max(1, bytesPerMs * WRITE_MS)) - this.#allowance;
    return missing > 0 ? missing / bytesPerMs : 0;
  }

  /** Reads the source, or leaves what it sends in the kernel, which holds it up. */
  #regulate(): void {
    const full = this.#queuedBytes >= this.#bufferBytes || this.#owner.faults.stalled === 'held';
    if (!this.#over && full) this.#source.pause();
    else this.#source.resume();
  }

  #ended(how: 'fin' | 'rst'): void {
    this.#end = how;
    if (this.#destination.destroyed) this.#source.destroySoon();
    else this.pump();
  }

  #tellEnd(how: 'fin' | 'rst'): void {
    this.stop();
    if (how === 'rst') reset(this.#destination);
    else this.#destination.end();
  }
}

/** Destroys a socket so that the other side is told with RST, where that can be done. */
export function reset(socket: Socket): void {
  const shuttingDown = socket.writableEnded && !socket.writableFinished;
  if (shuttingDown || socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}
