import { OverloadedError, type Message, type Middleware } from '@liberzmq/core';
import { checkOptions, option } from '@liberzmq/core/options';
import { answerHeaders } from './answer-headers.js';
import { copyIfData } from './copied-value.js';
import { headerName } from './header-name.js';
import { KnownKeys, type Keyed } from './known-keys.js';
import { isGone, SharedRun, type RunOwner } from './shared-run.js';
import { shortKey } from './short-key.js';

/** For {@link dedupe}. */
export interface DedupeOptions {
  /** How long a key is remembered, in ms: of a request from its reply on, of a one-way message from when it came. Must be above 0; `Infinity` is allowed. */
  windowMs: number;
  /**
   * How many keys are remembered, of requests and of one-way messages each. Beyond this the principal that has most loses the one that ended longest ago; a
   * request of one that has no fewer itself, all of which run, is refused. A whole number from 1 on; `Infinity` is allowed.
   * @defaultValue 10000: memory that nobody bounds is a leak
   */
  max?: number | undefined;
  /**
   * The header that holds the key. What has none is not looked at.
   * @defaultValue 'idempotency-key'
   */
  header?: string | undefined;
}

/**
 * Lets what carries the same key be done once. A request whose key was seen is given the reply of the first one; those that come while it runs share its run, and its
 * error if it fails; that is not stored, and the next one is run. If the first one's caller goes away, its run goes on for the others. A task or a topic's message
 * whose key was seen is dropped as `duplicate`, unless the first one has failed, or its publisher had kept it: then it is meant to come again. Keys are each action's, each
 * principal's and each `authorization` header's own; what else a message says is not compared. Add it before `auth()`: nearer to the wire it would answer who is not
 * proved to be anybody. It knows only what this process has seen.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * server.addMiddleware(dedupe({ windowMs: 10 * 60_000 }));
 * await client.sendRequest('pay', order, { headers: { 'idempotency-key': order.id }, idempotent: true });
 * ```
 */
export function dedupe(options: DedupeOptions): Middleware {
  const checks = { windowMs: option.duration, max: option.limit, header: headerName };
  checkOptions('dedupe', options, checks, ['windowMs']);
  const { windowMs, max = 10_000, header = 'idempotency-key' } = options;
  const runs = new KnownKeys<SharedRun>(windowMs, max);
  const runOf = new WeakMap<Message, SharedRun>();
  const seen = new KnownKeys<Keyed>(windowMs, max);
  const seenOf = new WeakMap<Message, Keyed>();
  const owner: RunOwner = {
    onBegun: (run, message) => {
      runs.running(run);
      runOf.set(message, run);
    },
    onEnded: (run) => {
      runs.ended(run, performance.now());
    },
    onSucceeded: (run) => {
      runs.ended(run, performance.now());
    },
    onFailed: (run) => {
      runs.forget(run);
    },
  };

  const share = (message: Message, keyed: Keyed, next: () => Promise<void>): void | Promise<void> => {
    const known = runs.find(keyed.key, performance.now());
    if (known !== undefined) return known.join(message, next);
    if (!runs.makeRoom(keyed.holder)) throw overloaded(message, max);
    return new SharedRun(keyed, owner).begin(message, next);
  };

  const letThrough = (message: Message, first: Keyed, next: () => Promise<void>): void | Promise<void> => {
    const now = performance.now();
    if (seen.find(first.key, now) !== undefined) {
      if (message.isKept) return next();
      message.drop('duplicate');
      return undefined;
    }
    seen.makeRoom(first.holder);
    seen.ended(first, now);
    seenOf.set(message, first);
    return next();
  };

  return {
    name: 'dedupe',
    incoming(message, next) {
      const given = message.request === undefined ? message.headers[header] : undefined;
      if (given === undefined) return next();
      const keyed = keyedOf(message, given);
      return message.pattern === 'request' ? share(message, keyed, next) : letThrough(message, keyed, next);
    },
    outgoing(message, next) {
      const run = message.request && runOf.get(message.request);
      run?.succeed({ result: copyIfData(message.body), headers: answerHeaders(message.headers) });
      return next();
    },
    settled(message, { error, dropped }) {
      const first = seenOf.get(message);
      if (first !== undefined && (error !== undefined || dropped !== undefined)) seen.forget(first);
      const run = runOf.get(message);
      if (run === undefined || error === undefined) return;
      // Of a caller that is gone this is said before its signal aborts. Then the run goes on.
      queueMicrotask(() => {
        if (!isGone(message)) run.fail(message, error);
      });
    },
  };
}

/** Between dealer and router the subject is another one for each message. */
function keyedOf({ pattern, subject, headers, principal, context }: Message, given: string): Keyed {
  const holder = (principal ?? context?.principal)?.id;
  // Where nobody has looked at them yet, credentials are at least not to be others than those of the first one.
  const who = [holder ?? null, headers['authorization'] ?? null];
  return { key: shortKey(JSON.stringify([pattern, pattern === 'route' ? '' : subject, ...who, given])), holder };
}

function overloaded({ subject }: Message, max: number): OverloadedError {
  return new OverloadedError(
    'OVERLOADED',
    `the request '${subject}' was not run: ${String(max)} keys are known, and of those that may go for this one all run; wait for them, or raise max of dedupe()`,
  );
}
