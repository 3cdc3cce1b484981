import redactor from '@pinojs/redact';
import { LiberZMQError, type Logger, type Message, type Middleware, type Step } from '@liberzmq/core';
import { badOption, describe } from '@liberzmq/core/options';
import { describeMessage } from './describe-message.js';
import { isWritten, LOG_LEVELS, type LogLevel } from './log-levels.js';
import { loggable } from './loggable.js';
import { checkLoggingOptions, type LoggingMiddlewareOptions } from './logging-options.js';

/** What is kept of a message until it is settled. */
interface Seen {
  readonly since: number;
  readonly isSampled: boolean;
}

/**
 * Logs each message that goes out or comes in, and what failed or was dropped, with its code and how long that took. A body that cannot be logged harms nobody,
 * and while the logger's level is too high, nothing is done.
 * @param logger a pino logger, such as `getLogger` gives.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * server.addMiddleware(logging(getLogger('orders'), { redact: ['body.card'], sample: 0.1 }));
 * ```
 */
export function logging(logger: Logger, options: LoggingMiddlewareOptions = {}): Middleware {
  checkLogger(logger);
  const { level, redact, showAuthorization, sample, bodies } = checkLoggingOptions(options);
  const redacted = redactionOf(showAuthorization ? redact : [...redact, 'headers.authorization']);
  const known = new WeakMap<Message, Seen>();
  const see = (message: Message): Seen => {
    const seen = known.get(message) ?? { since: performance.now(), isSampled: Math.random() < sample };
    known.set(message, seen);
    return seen;
  };
  const step: Step = (message, next) => {
    const isLogged = isWritten(logger, level);
    if (!isLogged && !isWritten(logger, 'error')) return next();
    const { isSampled } = see(message.request ?? message);
    if (isLogged && isSampled) write(logger, level, () => redacted(factsOf(message, bodies)), passing(message));
    return next();
  };
  return {
    name: 'logging',
    outgoing: step,
    incoming: step,
    settled(message, { error, dropped }) {
      if (error === undefined && dropped === undefined) return;
      const worst = error === undefined ? 'warn' : 'error';
      if (!isWritten(logger, worst)) return;
      const since = known.get(message)?.since;
      const facts = (): object => ({
        ...redacted(factsOf(message, false)),
        code: error instanceof LiberZMQError ? error.code : undefined,
        dropped,
        durationMs: since === undefined ? undefined : Math.round(performance.now() - since),
        err: error,
      });
      const what = error === undefined ? `was dropped: ${String(dropped)}` : 'failed';
      write(logger, worst, facts, `${describeMessage(message)} ${what}`);
    },
  };
}

function passing(message: Message): string {
  return `${message.direction === 'outgoing' ? 'sent' : 'received'} ${describeMessage(message)}`;
}

function factsOf(message: Message, withBody: boolean): Record<string, unknown> {
  const { direction, pattern, subject, headers, body, request } = message;
  const context = message.context ?? request?.context;
  return {
    direction,
    pattern,
    subject,
    headers: Object.keys(headers).length === 0 ? undefined : loggable(headers),
    body: withBody ? loggable(body) : undefined,
    requestId: context?.requestId,
    peer: context?.peer,
  };
}

/** A logger that fails is no reason for a message to. */
function write(logger: Logger, level: LogLevel, facts: () => object, text: string): void {
  try {
    logger[level](facts(), text);
  } catch {
    // There is nobody left to tell.
  }
}

/** @throws ConfigurationError BAD_OPTION */
function redactionOf(paths: readonly string[]): (facts: Record<string, unknown>) => Record<string, unknown> {
  try {
    const redact = redactor({ paths: [...paths], serialize: (value: unknown) => value });
    return (facts) => redact(facts) as Record<string, unknown>;
  } catch (error) {
    throw badOption(`logging: option 'redact' has a path that is none: ${(error as Error).message}`);
  }
}

/** @throws ConfigurationError BAD_OPTION */
function checkLogger(logger: unknown): void {
  const given = (typeof logger === 'object' && logger !== null ? logger : {}) as Record<string, unknown>;
  if (LOG_LEVELS.some((level) => typeof given[level] !== 'function'))
    throw badOption(
      `logging: the logger must be a pino logger, such as getLogger('name') gives, not ${describe(logger)}`,
    );
}
