import { createContextKey, type Context } from '@opentelemetry/api';

const REQUEST = createContextKey('@liberzmq/middleware: the request that attempts are made for');
const ATTEMPT = createContextKey('@liberzmq/middleware: an attempt that has its span');

/** A request with a span for the whole of it. */
interface Whole {
  readonly action: string;
  attempts: number;
}

/** An attempt with a span, which that of the client's message would be a copy of. */
interface Attempt {
  readonly action: string;
  /** The message that it is the span of has gone out: what else is sent while it lasts has spans of its own. */
  isTaken: boolean;
}

/** The context in which attempts at a request are counted. */
export function asWhole(context: Context, action: string): Context {
  const whole: Whole = { action, attempts: 0 };
  return context.setValue(REQUEST, whole);
}

/** The context of an attempt, in which a client's middleware makes no other span for it. */
export function asAttempt(context: Context, action: string): Context {
  const attempt: Attempt = { action, isTaken: false };
  return context.setValue(ATTEMPT, attempt);
}

/** Which attempt at the request of a context this is, the first one being 1; `undefined` if the action is not that of the request. */
export function nextAttempt(context: Context, action: string): number | undefined {
  const whole = context.getValue(REQUEST) as Whole | undefined;
  return whole?.action === action ? (whole.attempts += 1) : undefined;
}

/** Whether a message that goes out is the one that a context's attempt has its span for. */
export function takeAttempt(context: Context, action: string): boolean {
  const attempt = context.getValue(ATTEMPT) as Attempt | undefined;
  if (attempt === undefined || attempt.isTaken || attempt.action !== action) return false;
  attempt.isTaken = true;
  return true;
}
