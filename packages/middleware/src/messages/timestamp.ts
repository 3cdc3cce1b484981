import type { Message, Middleware } from '@liberzmq/core';
import { badOption, checkOptions, option } from '@liberzmq/core/options';
import { headerName } from './header-name.js';
import { isPlainObject } from './plain-object.js';

/** The header in which handlers read how old a message is. */
const AGE = 'age-ms';
/** A whole number of ms that a `Date` can hold. */
const MOMENT = /^\d{1,16}$/;
const LATEST = 8.64e15;

/** For {@link timestamp}. */
export interface TimestampOptions {
  /**
   * Where the time stands: among the headers, or in the body if that is a plain object; other bodies go without it.
   * @defaultValue 'headers': it is no part of your data. The classic dialect has headers only for requests and tasks; `'body'` is for the rest of it
   */
  into?: 'headers' | 'body' | undefined;
  /**
   * The name under which it stands there. What was there before is replaced.
   * @defaultValue 'timestamp', as in the guide
   */
  field?: string | undefined;
}

/**
 * Puts into each message, replies too, when it was sent: in ms since 1970, on the wall clock. Who receives it, and has this middleware as well, finds in the header
 * `age-ms` how old it is: a whole number of ms, 0 at least. Clocks of two machines differ, so do not take it for exact. A message without a time, or with
 * something else in its place, has no `age-ms`.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * publisher.addMiddleware(timestamp({ into: 'body' }));
 * ```
 */
export function timestamp(options: TimestampOptions = {}): Middleware {
  checkOptions('timestamp', options, { into: option.oneOf('headers', 'body'), field: option.string });
  const { into = 'headers', field = 'timestamp' } = options;
  const wanted = into === 'headers' ? headerName(field) : undefined;
  if (wanted !== undefined) throw badOption(`timestamp: option 'field' must be ${wanted}, not '${field}'`);
  return {
    name: 'timestamp',
    outgoing(message, next) {
      if (into === 'headers') message.headers = { ...message.headers, [field]: String(Date.now()) };
      else if (isPlainObject(message.body)) message.body = { ...message.body, [field]: Date.now() };
      return next();
    },
    incoming(message, next) {
      const sent = into === 'headers' ? momentIn(message.headers[field]) : momentOf(message.body, field);
      setAge(message, sent);
      return next();
    },
  };
}

/** What a peer says of the age itself counts for nothing. */
function setAge(message: Message, sent: number | undefined): void {
  const { [AGE]: claimed, ...others } = message.headers;
  if (sent !== undefined) message.headers = { ...others, [AGE]: String(Math.max(0, Date.now() - sent)) };
  else if (claimed !== undefined) message.headers = others;
}

function momentIn(text: string | undefined): number | undefined {
  if (text === undefined || !MOMENT.test(text)) return undefined;
  const moment = Number(text);
  return moment <= LATEST ? moment : undefined;
}

function momentOf(body: unknown, field: string): number | undefined {
  if (!isPlainObject(body) || !Object.hasOwn(body, field)) return undefined;
  const moment = body[field];
  return typeof moment === 'number' && moment >= 0 && moment <= LATEST ? Math.round(moment) : undefined;
}
