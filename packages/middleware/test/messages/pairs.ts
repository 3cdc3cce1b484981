import { afterEach } from '@jest/globals';
import { openPair, type MessagePair, type PairOptions } from '@liberzmq-tooling/testkit';
import type { Message, Middleware, Pattern } from '@liberzmq/core';

/** Opens pairs that are closed after each test. Call it once, at the top of the file. */
export function pairsOfTest(): (pattern: Pattern, options?: PairOptions) => Promise<MessagePair> {
  const opened: MessagePair[] = [];
  afterEach(async () => {
    for (const pair of opened.splice(0)) await pair.close();
  });
  return async (pattern, options) => {
    const pair = await openPair(pattern, options);
    opened.push(pair);
    return pair;
  };
}

/** A message for a step that is called by hand. */
export function messageWith(known: Partial<Message>): Message {
  return {
    direction: 'outgoing',
    pattern: 'publish',
    subject: 'news',
    headers: {},
    body: undefined,
    context: undefined,
    request: undefined,
    isKept: false,
    principal: undefined,
    answer: () => undefined,
    drop: () => undefined,
    ...known,
  };
}

/** Has a middleware look at a message that comes or goes, and gives the message back. */
export function passed(middleware: Middleware, known: Partial<Message>): Message {
  const message = messageWith(known);
  void middleware[message.direction]?.(message, () => Promise.resolve());
  return message;
}

/** Changes replies on their way out, without making others of them. */
export const pushing: Middleware = {
  name: 'pushing',
  outgoing(message, next) {
    (message.body as { seen: number[] }).seen.push(1);
    return next();
  },
};

export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Waits until a condition holds; fails when that takes too long. */
export async function until(condition: () => boolean, what: string, timeoutMs = 5_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
