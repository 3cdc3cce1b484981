import { KIND, LIMITS } from '../wire/native/format.js';
import { OutgoingRecord } from '../wire/native/outgoing-record.js';

/**
 * A regular look at whether peers are alive. Missed looks are what is counted, not time: a process that was itself held up for long
 * comes back to one look, and to what had arrived meanwhile before the next.
 */
export class Heartbeat {
  readonly #look: () => void;
  readonly #intervalMs: number;
  readonly #deadPeerMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param look called each interval. Must not throw. */
  constructor(intervalMs: number, deadPeerMs: number, look: () => void) {
    this.#intervalMs = intervalMs;
    this.#deadPeerMs = deadPeerMs;
    this.#look = look;
  }

  /** After how many looks in a row without a sign of life a peer is taken for dead. */
  get patience(): number {
    return this.looksIn(this.#deadPeerMs);
  }

  /** How many looks there are in a time for sure: the last sign of life may be as old as an interval when the first look misses it. */
  looksIn(ms: number): number {
    return Math.max(1, Math.floor(ms / this.#intervalMs) - 1);
  }

  /** A question for a sign of life. It says how long we are to be silent before we are to be taken for dead. */
  ping(): OutgoingRecord {
    const ping = new OutgoingRecord(KIND.ping, 0);
    if (this.#deadPeerMs <= LIMITS.number) ping.timeLeftMs = Math.ceil(this.#deadPeerMs);
    return ping;
  }

  get isOn(): boolean {
    return this.#intervalMs !== Infinity;
  }

  start(): void {
    if (this.isOn) this.#timer ??= setInterval(this.#look, this.#intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
