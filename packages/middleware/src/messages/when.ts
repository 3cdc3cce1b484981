import type { Message, Middleware, Step } from '@liberzmq/core';
import { badOption, describe } from '@liberzmq/core/options';

/** Says whether a middleware is to see a message. */
export type Predicate = (message: Message) => boolean;

/**
 * Lets a middleware see only some messages; the others pass it by.
 * @param predicate asked of each message in each direction; of a reply it is asked about the request that it answers, so that both are seen, or neither.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * server.addMiddleware(when((message) => message.subject.startsWith('admin.'), auth({ verify })));
 * ```
 */
export function when(predicate: Predicate, middleware: Middleware): Middleware {
  if (typeof predicate !== 'function')
    throw badOption(`when: the predicate must be a function, not ${describe(predicate)}`);
  if (typeof middleware !== 'object' || (middleware as unknown) === null)
    throw badOption(`when: give it a middleware, not ${describe(middleware)}`);
  const { name, serializer, keepsAsyncContext } = middleware;
  if (serializer !== undefined)
    throw badOption(`when: '${name}' changes how values become bytes, for all messages of an endpoint or for none`);
  const verdicts = new WeakMap<Message, boolean>();
  const isWanted = (message: Message): boolean => {
    const known = verdicts.get(message);
    if (known !== undefined) return known;
    const verdict = message.request === undefined ? predicate(message) : isWanted(message.request);
    verdicts.set(message, verdict);
    return verdict;
  };
  const limited = (step: Step | undefined): Step | undefined =>
    step && ((message, next) => (isWanted(message) ? step.call(middleware, message, next) : next()));
  return {
    name,
    outgoing: limited(middleware.outgoing),
    incoming: limited(middleware.incoming),
    settled:
      middleware.settled &&
      ((message, settlement) => {
        if (isWanted(message)) middleware.settled?.(message, settlement);
      }),
    keepsAsyncContext,
  };
}
