import type { Message, Middleware } from '@liberzmq/core';
import { badOption, checkOptions, describe, option } from '@liberzmq/core/options';
import { requestKey } from '../layers/request-key.js';
import { answerHeaders } from './answer-headers.js';
import { copiedValue } from './copied-value.js';
import { shortKey } from './short-key.js';
import { answerWith, StoredReplies } from './stored-replies.js';

/** For {@link cache}. */
export interface CacheOptions {
  /** The actions whose results may be given again: such as only read. */
  actions: readonly string[];
  /** How long a result may be given again, in ms, from when it was there. Must be above 0; `Infinity` keeps it until it has to make room. */
  ttlMs: number;
  /**
   * How many results are kept. Beyond this the one goes that was used longest ago. A whole number from 1 on; `Infinity` is allowed.
   * @defaultValue 1000: memory that nobody bounds is a leak
   */
  max?: number | undefined;
  /**
   * What requests of an action must have in common to get the same result; `undefined` for one that is not to have a stored one.
   * @defaultValue the data as JSON, whatever the order of its properties, the principal's id, and the header `authorization`; data that is more than JSON can tell
   * (a `Map`, a `Date`, bytes) has no key
   */
  key?: ((message: Message) => string | undefined) | undefined;
}

/** What {@link cache} makes. */
export interface CacheMiddleware extends Middleware {
  /** Forgets the results of an action, or all of them. What is being asked for at this moment is not stored either: it may be old already. */
  clear(action?: string): void;
  /** Requests that were answered from it so far. */
  readonly hits: number;
  /** Requests that could have been, and were not. */
  readonly misses: number;
}

/** A request that may be stored when its reply comes. */
interface Asked {
  readonly key: string;
  readonly action: string;
  /** How often the cache had been cleared. */
  readonly clears: number;
}

/**
 * Gives results again for a while: on a client without asking, on a server without running the handler. Errors are not stored, nor are results that are more than data. Each
 * request is given a copy of its own. Of long keys the SHA-256 is kept. Give each endpoint its own.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const prices = cache({ actions: ['price'], ttlMs: 10_000 });
 * client.addMiddleware(prices);
 * ```
 */
export function cache(options: CacheOptions): CacheMiddleware {
  const checks = { actions: option.strings, ttlMs: option.duration, max: option.limit, key: option.callback };
  checkOptions('cache', options, checks, ['actions', 'ttlMs']);
  const { ttlMs, max = 1_000, key: keyOf = defaultKey } = options;
  const actions = new Set(options.actions);
  const replies = new StoredReplies(ttlMs, max);
  const asked = new WeakMap<Message, Asked>();
  let hits = 0;
  let misses = 0;
  let clears = 0;

  const ask = (message: Message, next: () => Promise<void>): void | Promise<void> => {
    const { pattern, subject: action } = message;
    const given = pattern === 'request' && actions.has(action) ? keyOf(message) : undefined;
    if (given === undefined) return next();
    const key = shortKey(JSON.stringify([action, checkKey(given)]));
    const stored = replies.get(key, performance.now());
    if (stored === undefined) {
      misses += 1;
      asked.set(message, { key, action, clears });
      return next();
    }
    hits += 1;
    answerWith(message, stored);
    return undefined;
  };

  const store = (request: Message, { body, headers }: Message): void => {
    const about = asked.get(request);
    if (about?.clears !== clears) return;
    const copy = copiedValue(body);
    if (copy === undefined) return;
    const reply = { result: copy.value, headers: answerHeaders(headers) };
    replies.set(about.key, about.action, reply, performance.now());
  };

  const step = (message: Message, next: () => Promise<void>): void | Promise<void> => {
    if (message.request === undefined) return ask(message, next);
    store(message.request, message);
    return next();
  };
  return {
    name: 'cache',
    outgoing: step,
    incoming: step,
    clear(action) {
      clears += 1;
      replies.clear(action);
    },
    get hits() {
      return hits;
    },
    get misses() {
      return misses;
    },
  };
}

/** What one principal may see is none of another's business. */
function defaultKey({ subject, body, headers, principal, context }: Message): string | undefined {
  const { authorization = '' } = headers;
  const id = (principal ?? context?.principal)?.id;
  return requestKey(subject, body, {
    headers: id === undefined ? { authorization } : { authorization, principal: id },
  });
}

function checkKey(key: unknown): string {
  if (typeof key === 'string') return key;
  throw badOption(`cache: key must return a string or undefined, not ${describe(key)}`);
}
