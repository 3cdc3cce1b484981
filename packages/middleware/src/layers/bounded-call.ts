import {
  CancelledError,
  LiberZMQError,
  TimeoutError,
  type Outcome,
  type Requester,
  type RequestOptions,
} from '@liberzmq/core';
import { withTimeLeft, type Limits } from './request-limits.js';
import { watchLimits } from './watch-limits.js';

/** One request to the inner requester. */
export interface Call {
  readonly inner: Requester;
  readonly action: string;
  readonly data: unknown;
  readonly options: RequestOptions | undefined;
  /** What to say when the time is up: `'add' took longer than 200 ms`. */
  readonly tooLate: string;
}

/** The error of a call that was given up, from what is known of it, and from what the inner requester said, if anything. */
type ErrorOf = (outcome: Outcome, inner?: unknown) => Error;

/**
 * A request that ends within its limits, even where the inner requester knows none. At a limit the inner call is aborted. Whoever heeds that can
 * tell at once whether the request had left; who says nothing within a turn of the event loop leaves it unknown.
 */
export function boundedCall(call: Call, limits: Limits): Promise<unknown> {
  const controller = new AbortController();
  return new Promise((resolve, reject) => {
    // Whatever the inner requester has thrown comes out as it is.
    const fail: (error: unknown) => void = reject;
    let givenUp: ErrorOf | undefined;
    let lastChance: NodeJS.Immediate | undefined;
    const giveUp = (errorOf: ErrorOf, reason: unknown): void => {
      stopWatching();
      givenUp = errorOf;
      lastChance = setImmediate(() => {
        fail(errorOf('unknown'));
      });
      controller.abort(reason);
    };
    const stopWatching = watchLimits(limits, {
      expired: () => {
        giveUp((outcome, inner) => tooLate(call, outcome, inner), tooLate(call, 'unknown'));
      },
      aborted: (cause) => {
        giveUp((outcome, inner) => aborted(call, outcome, cause, inner), cause);
      },
    });
    const end = (): void => {
      stopWatching();
      clearImmediate(lastChance);
    };
    ask(call, { ...withTimeLeft(call.options, limits.deadline), signal: controller.signal }).then(
      (result) => {
        end();
        if (givenUp === undefined) resolve(result);
        else fail(givenUp('unknown'));
      },
      (error: unknown) => {
        end();
        fail(givenUp === undefined ? error : givenUp(outcomeOf(error), error));
      },
    );
  });
}

/** What is known of a request that failed with an error. */
export function outcomeOf(error: unknown): Outcome {
  return error instanceof LiberZMQError ? error.outcome : 'unknown';
}

function tooLate({ tooLate: message }: Call, outcome: Outcome, inner?: unknown): Error {
  if (hasCode(inner, 'TIMEOUT')) return inner;
  return new TimeoutError('TIMEOUT', message, inner === undefined ? { outcome } : { outcome, cause: inner });
}

function aborted({ action }: Call, outcome: Outcome, cause: unknown, inner?: unknown): Error {
  if (hasCode(inner, 'ABORTED')) return inner;
  return new CancelledError('ABORTED', `request '${action}' was aborted while it was under way`, { outcome, cause });
}

function hasCode(error: unknown, code: string): error is LiberZMQError {
  return error instanceof LiberZMQError && error.code === code;
}

/** As the inner requester, but never throws at once, whatever that does. */
async function ask({ inner, action, data }: Call, options: RequestOptions): Promise<unknown> {
  return inner.sendRequest(action, data, options);
}
