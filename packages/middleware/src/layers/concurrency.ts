import { DEFAULTS, type Layer } from '@liberzmq/core';
import { checkOptions, option } from '@liberzmq/core/options';
import { QueuedRequester } from './queued-requester.js';

/** For {@link concurrency}. */
export interface ConcurrencyOptions {
  /** How many requests may be under way at once, from 1 on. */
  maxConcurrent: number;
  /**
   * How many more may wait for their turn. 0: none waits; `Infinity`: no limit.
   * @defaultValue 100: a burst fits, and what would wait for long is refused while its caller can still ask elsewhere
   */
  maxQueue?: number | undefined;
  /**
   * How long one may wait for its turn, in ms. Must be above 0.
   * @defaultValue Infinity: as long as its own time lasts
   */
  maxQueueMs?: number | undefined;
  /**
   * The time of a request that names none, in ms, its wait included. Must be above 0; `Infinity` is allowed.
   * @defaultValue 5000, as of every requester. Set it if that of your client is another one
   */
  timeoutMs?: number | undefined;
}

/**
 * A layer that lets so many requests be under way at once, and makes the others wait for their turn, first come, first served. So one slow server does not
 * tie up all that this process has. What is past the limits is refused with `OVERLOADED`, `not-sent`.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const requester = concurrency({ maxConcurrent: 10, maxQueue: 50 })(client);
 * ```
 */
export function concurrency(options: ConcurrencyOptions): Layer {
  const checks = {
    maxConcurrent: option.limit,
    maxQueue: option.limitOrZero,
    maxQueueMs: option.duration,
    timeoutMs: option.duration,
  };
  checkOptions('concurrency', options, checks, ['maxConcurrent']);
  const { maxQueue = 100, maxQueueMs = Infinity, timeoutMs = DEFAULTS.requestTimeoutMs } = options;
  const { maxConcurrent } = options;
  return (inner) => new QueuedRequester(inner, { maxConcurrent, maxQueue, maxQueueMs, timeoutMs });
}
