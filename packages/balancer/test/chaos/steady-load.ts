import { createError, LiberZMQError } from '@liberzmq/core';

/** What became of a request. Times are those of `performance.now()`, in ms. */
export interface Done {
  /** Which one it was. */
  readonly n: number;
  readonly startedAt: number;
  readonly tookMs: number;
  /** Nothing if it has succeeded. */
  readonly error: LiberZMQError | undefined;
}

const TICK_MS = 5;
/** A machine that has stood still for longer is not to be given all at once that it has missed. */
const MOST_AT_ONCE_MS = 50;

/** So many requests a second, whatever becomes of those before. */
export class SteadyLoad {
  readonly done: Done[] = [];
  readonly #send: (n: number) => Promise<unknown>;
  readonly #perMs: number;
  #sent = 0;
  #due = 0;
  #lastTick = 0;
  #timer: NodeJS.Timeout | undefined;
  #underWay = 0;
  #onIdle: (() => void) | undefined;

  constructor(perSecond: number, send: (n: number) => Promise<unknown>) {
    this.#perMs = perSecond / 1_000;
    this.#send = send;
  }

  get sent(): number {
    return this.#sent;
  }

  get failed(): readonly (Done & { readonly error: LiberZMQError })[] {
    return this.done.filter((each): each is Done & { readonly error: LiberZMQError } => each.error !== undefined);
  }

  /** Whether of the last second all but one of a hundred took less than a time, and no more than so many wait. */
  isCalm(longestMs: number): boolean {
    const last = this.done.slice(-Math.ceil(1_000 * this.#perMs));
    const slow = last.filter(({ tookMs }) => tookMs >= longestMs).length;
    return last.length > 0 && slow <= last.length / 100 && this.#underWay <= longestMs * this.#perMs;
  }

  start(): void {
    this.#lastTick = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#due += Math.min(now - this.#lastTick, MOST_AT_ONCE_MS) * this.#perMs;
      this.#lastTick = now;
      for (; this.#due >= 1; this.#due -= 1) void this.#one();
    }, TICK_MS);
  }

  /** Sends no more, and resolves when all that was sent has ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  /** The time below which a part of those stayed that were sent between two moments, and their number. */
  quantile(part: number, from: number, to: number): number {
    const times = this.done
      .filter(({ startedAt }) => startedAt >= from && startedAt < to)
      .map(({ tookMs }) => tookMs)
      .sort((a, b) => a - b);
    return times[Math.min(times.length - 1, Math.floor(part * times.length))] ?? NaN;
  }

  async #one(): Promise<void> {
    const n = this.#sent;
    this.#sent += 1;
    this.#underWay += 1;
    const startedAt = performance.now();
    const error = await this.#send(n).then(() => undefined, asOurs);
    this.done.push({ n, startedAt, tookMs: performance.now() - startedAt, error });
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#onIdle?.();
  }
}

function asOurs(error: unknown): LiberZMQError {
  return error instanceof LiberZMQError ? error : createError('REMOTE', `no error of ours: ${String(error)}`);
}
