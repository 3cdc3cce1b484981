import { badOption, checkOptions, describe, option, type OptionCheck } from '@liberzmq/core/options';
import type { CircuitState, OpenTime } from './circuit.js';
import { ConsecutiveFailures } from './consecutive-failures.js';
import { CountedFailures, type CountRule } from './counted-failures.js';
import { isUnwell } from './failure-kinds.js';
import type { FailureTally } from './failure-tally.js';
import { SampledFailures, type SamplingRule } from './sampled-failures.js';

/** What a listener is told of a breaker whose state has changed. */
export interface BreakerChange {
  readonly previous: CircuitState;
  /** Of a breaker with `per: 'action'`, the action. */
  readonly action: string | undefined;
  /** The failure that has opened it. */
  readonly error: unknown;
  /** How long it stays open, in ms. 0 if it is not. */
  readonly retryAfterMs: number;
}

/** For a circuit breaker. Of `consecutive`, `count` and `sampling` one is given. */
export interface BreakerOptions {
  /**
   * Opens after so many failures in a row, from 1 on.
   * @defaultValue 5, unless `count` or `sampling` is given: one may be chance, five are not
   */
  consecutive?: number | undefined;
  /** Opens when a share of the last results has failed. */
  count?: CountRule | undefined;
  /** Opens when a share of the results of the last time has failed. */
  sampling?: SamplingRule | undefined;
  /**
   * How long it stays open at first, in ms, before one request is let through to see. Doubles with each of these that fails. Must be above 0 and finite.
   * @defaultValue 5000: the time of one request
   */
  halfOpenAfterMs?: number | undefined;
  /**
   * The longest that it stays open, in ms. Must be above 0; `Infinity`: it goes on doubling.
   * @defaultValue 60000, or `halfOpenAfterMs` if that is longer: what is well again is not kept waiting for more than a minute
   */
  maxHalfOpenAfterMs?: number | undefined;
  /**
   * `'action'`: each action has a breaker of its own, for where one may be unwell and the next is not.
   * @defaultValue one for all: what they share is the other side
   */
  per?: 'action' | undefined;
  /**
   * Whether an error is a failure. Not asked of what only the caller did: `ABORTED`, `BAD_OPTION`, `CLOSED`.
   * @defaultValue {@link isUnwell}: what a handler throws is an answer
   */
  isFailure?: ((error: unknown) => boolean) | undefined;
  /**
   * Told when a breaker has changed its state. What it throws becomes an uncaught exception, and harms no request.
   * @defaultValue nobody is told
   */
  onStateChange?: ((state: CircuitState, change: BreakerChange) => void) | undefined;
}

/** What a breaker goes by. */
export interface BreakerSettings {
  readonly makeTally: () => FailureTally;
  readonly openTime: OpenTime;
  readonly isPerAction: boolean;
  readonly isFailure: (error: unknown) => boolean;
  readonly onStateChange: ((state: CircuitState, change: BreakerChange) => void) | undefined;
}

const finite: OptionCheck = (value) =>
  option.duration(value) === undefined && value !== Infinity ? undefined : 'a number of milliseconds above 0';
const whole: OptionCheck = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 1 ? undefined : 'a whole number from 1 on';
const share: OptionCheck = (value) =>
  typeof value === 'number' && value > 0 && value <= 1 ? undefined : 'a share above 0 and up to 1, 0.5 for a half';

const CHECKS: Record<keyof BreakerOptions, OptionCheck> = {
  consecutive: whole,
  count: option.record,
  sampling: option.record,
  halfOpenAfterMs: finite,
  maxHalfOpenAfterMs: option.duration,
  per: option.oneOf('action'),
  isFailure: option.callback,
  onStateChange: option.callback,
};

/** @throws ConfigurationError BAD_OPTION */
export function breakerSettings(options: BreakerOptions): BreakerSettings {
  checkOptions('breaker', options, CHECKS);
  const { halfOpenAfterMs = 5_000, maxHalfOpenAfterMs = Math.max(60_000, halfOpenAfterMs) } = options;
  if (maxHalfOpenAfterMs < halfOpenAfterMs) {
    throw badOption(
      `breaker: maxHalfOpenAfterMs (${maxHalfOpenAfterMs}) is less than halfOpenAfterMs (${halfOpenAfterMs})`,
    );
  }
  return {
    makeTally: tallyMaker(options),
    openTime: { firstMs: halfOpenAfterMs, maxMs: maxHalfOpenAfterMs },
    isPerAction: options.per === 'action',
    isFailure: options.isFailure ?? isUnwell,
    onStateChange: options.onStateChange,
  };
}

function tallyMaker({ consecutive, count, sampling }: BreakerOptions): () => FailureTally {
  if ([consecutive, count, sampling].filter((each) => each !== undefined).length > 1) {
    throw badOption(
      'breaker: give one of consecutive, count and sampling; for two of them put two breakers around each other',
    );
  }
  if (count !== undefined) {
    checkOptions('breaker: count', count, { size: whole, threshold: share, minimum: whole }, ['size', 'threshold']);
    const { size, minimum = size } = count;
    if (minimum > size)
      throw badOption(`breaker: count: minimum must be at most size (${size}), not ${describe(minimum)}`);
    return () => new CountedFailures(count);
  }
  if (sampling !== undefined) {
    const checks = { durationMs: finite, threshold: share, minimumPerSecond: option.durationOrZero };
    checkOptions('breaker: sampling', sampling, checks, ['durationMs', 'threshold']);
    return () => new SampledFailures(sampling);
  }
  return () => new ConsecutiveFailures(consecutive ?? 5);
}
