import type { FailureTally } from './failure-tally.js';

/** `closed`: requests go through. `open`: none does. `half-open`: one goes through, to see how the other side is. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** What a result says about the other side. `silent`: nothing, for one that was aborted. */
export type Verdict = 'well' | 'unwell' | 'silent';

/** How long a circuit stays open, in ms. */
export interface OpenTime {
  readonly firstMs: number;
  /** It doubles with each probe that fails, up to this. */
  readonly maxMs: number;
}

/**
 * The state of a circuit breaker (Nygard, Release It!, chapter 5). Knows no clock and no timer: whoever has a clock says what time it is, and an open
 * circuit becomes half-open when somebody asks late enough.
 */
export class Circuit {
  readonly #tally: FailureTally;
  readonly #openTime: OpenTime;
  #state: CircuitState = 'closed';
  /** Changes with the state: what began in an earlier one says nothing about this one. */
  #period = 0;
  #retryAt = 0;
  /** How often it has opened since it was closed. */
  #openings = 0;
  #isProbing = false;

  constructor(tally: FailureTally, openTime: OpenTime) {
    this.#tally = tally;
    this.#openTime = openTime;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** How long until a probe is let through, in ms. `undefined` while one is under way. */
  retryAfterMs(now: number): number | undefined {
    return this.#isProbing ? undefined : Math.max(0, this.#retryAt - now);
  }

  /** Asks to let a request through. @returns what its {@link report} is to name, or `undefined` if it may not go. */
  admit(now: number): number | undefined {
    if (this.#state === 'closed') return this.#period;
    if (this.#state === 'open' && now >= this.#retryAt) this.#enter('half-open');
    if (this.#state === 'open' || this.#isProbing) return undefined;
    this.#isProbing = true;
    return this.#period;
  }

  /** Tells how a request went that was let through. */
  report(period: number, verdict: Verdict, now: number): void {
    if (period !== this.#period) return;
    this.#isProbing = false;
    if (this.#state === 'closed') {
      if (verdict !== 'silent' && this.#tally.add(verdict === 'unwell', now)) this.#open(now);
    } else if (verdict === 'unwell') this.#open(now);
    else if (verdict === 'well') this.#close();
  }

  #open(now: number): void {
    const { firstMs, maxMs } = this.#openTime;
    this.#retryAt = now + Math.min(firstMs * 2 ** this.#openings, maxMs);
    this.#openings += 1;
    this.#enter('open');
  }

  #close(): void {
    this.#tally.clear();
    this.#openings = 0;
    this.#enter('closed');
  }

  #enter(state: CircuitState): void {
    this.#state = state;
    this.#period += 1;
  }
}
