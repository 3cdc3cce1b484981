import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Middleware } from '@liberzmq/core';
import { badOption, checkOptions, describe, option } from '@liberzmq/core/options';
import { headerName } from './header-name.js';

/** Whoever sends a longer one would have it in each of our log lines. */
const LONGEST_ID = 200;

/** One for all of them: what is asked for at one endpoint leads to messages at another. */
const ids = new AsyncLocalStorage<string>();

/** For {@link correlation}. */
export interface CorrelationOptions {
  /**
   * The header that holds the id.
   * @defaultValue 'correlation-id'
   */
  header?: string | undefined;
  /**
   * Makes an id for what has none.
   * @defaultValue a random UUID
   */
  generate?: (() => string) | undefined;
}

/**
 * The correlation id of what this code runs for: of the message whose handler it is, or that called it. `undefined` outside of such.
 * @example
 * ```ts
 * server.registerHandler('order', (order, { log }) => log.info({ correlationId: correlationId() }, 'ordered'));
 * ```
 */
export function correlationId(): string | undefined {
  return ids.getStore();
}

/**
 * Gives everything that comes of one request the same id: it comes in with a message, or is made; handlers read it with {@link correlationId}; what they send
 * has it as well, through any endpoint with this middleware; and replies carry it back. A loop (`for await`) has no handler: it reads the header.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * for (const endpoint of [server, client, publisher]) endpoint.addMiddleware(correlation());
 * ```
 */
export function correlation(options: CorrelationOptions = {}): Middleware {
  checkOptions('correlation', options, { header: headerName, generate: option.callback });
  const { header = 'correlation-id', generate = randomUUID } = options;
  const newId = (): string => {
    const id: unknown = generate();
    if (isId(id)) return id;
    throw badOption(
      `correlation: generate must return a text of at most ${String(LONGEST_ID)} characters, not ${describe(id)}`,
    );
  };
  return {
    name: 'correlation',
    keepsAsyncContext: true,
    outgoing(message, next) {
      const { request, context, headers } = message;
      const id =
        request === undefined
          ? (headers[header] ?? context?.headers[header] ?? ids.getStore() ?? newId())
          : request.headers[header];
      if (id !== undefined && id !== headers[header]) message.headers = { ...headers, [header]: id };
      return next();
    },
    incoming(message, next) {
      if (message.request !== undefined) return next();
      const given = message.headers[header];
      if (isId(given)) return ids.run(given, next);
      const id = newId();
      message.headers = { ...message.headers, [header]: id };
      return ids.run(id, next);
    },
  };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_ID;
}
