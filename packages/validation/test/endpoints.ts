import { afterEach } from '@jest/globals';
import type { Closable, Puller, Subscriber } from '@liberzmq/core';

export const ANY_PORT = 'tcp://127.0.0.1:*';

const opened: Closable[] = [];

/** Closes an endpoint after the test. */
export function open<T extends Closable>(endpoint: T): T {
  opened.push(endpoint);
  return endpoint;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((endpoint) => endpoint.close({ timeoutMs: 0 })));
});

/** The next event of a kind. */
export function nextEvent(endpoint: Subscriber | Puller, type: 'handlerFailed' | 'taskFailed'): Promise<unknown> {
  return new Promise((resolve) => {
    (endpoint as Subscriber).on(type as 'handlerFailed', resolve);
  });
}

/** What a call throws; `undefined` if it does not. */
export function errorOf(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}
