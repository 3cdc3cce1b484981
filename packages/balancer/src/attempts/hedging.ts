import { badOption, checkOptions, describe, option } from '@liberzmq/core/options';
import { Deadline, deadlines } from '@liberzmq/core/requesters';
import { RetryBudget } from '@liberzmq/core/resilience';
import { LatencyQuantile } from './latency-quantile.js';

/**
 * Asking a second member when the first one takes long: for those few requests that are slow for no reason of their own. Only for `idempotent` ones.
 * @see Dean and Barroso, The Tail at Scale, Communications of the ACM 56 (2013)
 */
export interface HedgeOptions {
  /**
   * After how many ms a second one is asked. Must be above 0.
   * @defaultValue the time in which 95 of 100 requests were answered lately
   */
  afterMs?: number | undefined;
  /**
   * Which part of the requests may be asked twice, above 0 and up to 1.
   * @defaultValue 0.02
   */
  maxShare?: number | undefined;
}

const QUANTILE = 0.95;

const HEDGE_OPTIONS = {
  afterMs: option.duration,
  maxShare: (value: unknown) =>
    typeof value === 'number' && value > 0 && value <= 1 ? undefined : 'a number above 0, up to 1',
};

/** @throws ConfigurationError BAD_OPTION */
export function settleHedge(where: string, options: HedgeOptions | boolean | undefined): HedgeOptions | undefined {
  if (options === false || options === undefined) return undefined;
  if (options === true) return {};
  if (typeof options !== 'object') {
    throw badOption(`${where}: option 'hedge' must be an object, true or false, not ${describe(options)}`);
  }
  checkOptions(`${where}, option hedge`, options, HEDGE_OPTIONS);
  return options;
}

/** When a second member is asked, and how often that may be. */
export class Hedging {
  readonly #afterMs: number | undefined;
  readonly #budget: RetryBudget;
  readonly #latency = new LatencyQuantile(QUANTILE);

  constructor({ afterMs, maxShare = 0.02 }: HedgeOptions) {
    this.#afterMs = afterMs;
    this.#budget = new RetryBudget({ ratio: maxShare, perSecond: 0 });
  }

  /** A request is sent for the first time. */
  requested(): void {
    this.#budget.requested();
  }

  observe(ms: number): void {
    if (this.#afterMs === undefined) this.#latency.observe(ms);
  }

  /** Takes what a second attempt costs. @returns whether there was enough for it */
  take(): boolean {
    return this.#budget.take();
  }

  /** Says when it is time to ask a second one. @returns takes that back */
  after(now: number, hedge: () => void): () => void {
    const afterMs = this.#afterMs ?? this.#latency.value;
    if (afterMs === undefined) return nothing;
    const timer = new HedgeTimer(hedge);
    deadlines.add(timer, now + afterMs);
    return () => {
      deadlines.remove(timer);
    };
  }
}

function nothing(): void {
  // There is nothing to take back.
}

class HedgeTimer extends Deadline {
  constructor(override readonly expire: () => void) {
    super();
  }
}
