import { ConnectionError, OverloadedError, type Message, type Middleware, type Step } from '@liberzmq/core';
import { badOption, checkOptions, describe, option, type OptionCheck } from '@liberzmq/core/options';
import { describeMessage } from './describe-message.js';
import { TokenBuckets } from './token-buckets.js';

/** By what messages are counted: together, or each kind by itself. */
export type RateLimitBy = 'peer' | 'subject' | 'principal' | 'all' | ((message: Message) => string);

/** For {@link rateLimit}. */
export interface RateLimitOptions {
  /** How many messages a second may come in the long run. Any number above 0. */
  perSecond: number;
  /**
   * How many may come at once after a pause. 1 or more.
   * @defaultValue `perSecond`, but 1 at least: what a second of silence has saved
   */
  burst?: number | undefined;
  /**
   * What is limited: each `'peer'`, each `'subject'`, each `'principal'` (whoever is not proved to be one, as a peer), `'all'` messages together, or what the function
   * has the same text for.
   * @defaultValue 'peer': nobody pays for another. Where the transport tells of no peers (tasks, publications of the classic dialect, between dealer and router, all that goes out), all are one
   */
  by?: RateLimitBy | undefined;
  /**
   * How many peers, subjects and so on are told apart. New ones beyond this share one limit until others have been silent for a while. A whole number from 1 on; `Infinity` is allowed.
   * @defaultValue 10000: memory that peers can fill is to be bounded
   */
  maxKeys?: number | undefined;
  /**
   * Which messages are limited. Replies never are.
   * @defaultValue 'incoming'
   */
  direction?: 'incoming' | 'outgoing' | undefined;
}

const rate: OptionCheck = (value) =>
  typeof value === 'number' && value > 0 && value < Infinity ? undefined : 'a number above 0, and not Infinity';
const size: OptionCheck = (value) =>
  typeof value === 'number' && value >= 1 && value < Infinity ? undefined : 'a number from 1 on, and not Infinity';
const by: OptionCheck = (value) =>
  typeof value === 'function' ? undefined : option.oneOf('peer', 'subject', 'principal', 'all')(value) && BY;
const BY = "'peer', 'subject', 'principal', 'all' or a function";

/**
 * Lets so many messages a second through, and a few more after a pause. What is beyond is not kept waiting, but turned away: an incoming request with `OVERLOADED`, whose
 * `retryAfterMs` says when another may come; another incoming message by being dropped as `rate-limit`; outgoing, a request rejects with `OVERLOADED` and another message with
 * `BACKPRESSURE`, as with an outbox that is full, both `not-sent`. To have a sender wait instead, there is `throttle()`.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * server.addMiddleware(rateLimit({ perSecond: 50, burst: 100 }));
 * ```
 */
export function rateLimit(options: RateLimitOptions): Middleware {
  const direction = option.oneOf('incoming', 'outgoing');
  const checks = { perSecond: rate, burst: size, by, maxKeys: option.limit, direction };
  checkOptions('rateLimit', options, checks, ['perSecond']);
  const { perSecond, burst = Math.max(1, perSecond), maxKeys = 10_000 } = options;
  const keyOf = keyBy(options.by ?? 'peer');
  const buckets = new TokenBuckets({ perSecond, burst }, maxKeys);
  const step: Step = (message, next) => {
    if (message.request !== undefined) return next();
    const retryAfterMs = buckets.take(keyOf(message), performance.now());
    if (retryAfterMs === 0) return next();
    if (message.pattern === 'request' || message.direction === 'outgoing') throw refusal(message, retryAfterMs);
    message.drop('rate-limit');
    return undefined;
  };
  return options.direction === 'outgoing'
    ? { name: 'rateLimit', outgoing: step }
    : { name: 'rateLimit', incoming: step };
}

function refusal(message: Message, retryAfterMs: number): OverloadedError | ConnectionError {
  const what = `${describeMessage(message)} came too soon after others: try again in ${String(retryAfterMs)} ms, or have rateLimit() allow more`;
  const details = { retryAfterMs };
  if (message.direction === 'incoming') return new OverloadedError('OVERLOADED', what, { details });
  const options = { details, outcome: 'not-sent' } as const;
  return message.pattern === 'request'
    ? new OverloadedError('OVERLOADED', what, options)
    : new ConnectionError('BACKPRESSURE', what, options);
}

/** Those of different kinds never have the same key. */
function keyBy(what: RateLimitBy): (message: Message) => string {
  const peerOf = ({ context }: Message): string => `peer ${context?.peer ?? ''}`;
  if (what === 'peer') return peerOf;
  if (what === 'subject') return ({ subject }) => subject;
  if (what === 'all') return () => '';
  if (what === 'principal')
    return (message) => {
      const principal = message.principal ?? message.context?.principal;
      return principal === undefined ? peerOf(message) : `principal ${principal.id}`;
    };
  return (message) => {
    const key: unknown = what(message);
    if (typeof key === 'string') return key;
    throw badOption(`rateLimit: by must return a string, not ${describe(key)}`);
  };
}
