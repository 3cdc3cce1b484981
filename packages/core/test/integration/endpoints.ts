import { afterEach } from '@jest/globals';
import {
  Client,
  Dealer,
  Publisher,
  Puller,
  Pusher,
  Router,
  Server,
  Subscriber,
  type ActionHandler,
  type Closable,
} from '@liberzmq/core';

export const ANY_PORT = 'tcp://127.0.0.1:*';

const opened: Closable[] = [];

/** Closes what the tests of a file have opened, after each test. Call it once, at the top of the file. */
export function closeAfterEach(): <T extends Closable>(endpoint: T) => T {
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((endpoint) => endpoint.close({ timeoutMs: 0 })));
  });
  return (endpoint) => {
    opened.push(endpoint);
    return endpoint;
  };
}

/** The address that an endpoint is bound to. */
export function addressOf(endpoint: { readonly boundAddress: string | undefined }): string {
  if (endpoint.boundAddress === undefined) throw new Error('this endpoint is not bound');
  return endpoint.boundAddress;
}

/** A started server with these handlers. */
export async function startServer(
  handlers: Readonly<Record<string, ActionHandler>>,
  address = ANY_PORT,
): Promise<Server> {
  const server = new Server({ address });
  for (const [action, handler] of Object.entries(handlers)) server.registerHandler(action, handler);
  return server.startServer();
}

/** One of each class, connected to its counterpart. */
export const PAIRS = {
  request: { bound: Server, connecting: Client },
  publish: { bound: Publisher, connecting: Subscriber },
  task: { bound: Pusher, connecting: Puller },
  route: { bound: Router, connecting: Dealer },
};

/** Waits until a condition holds; fails when that takes too long. */
export async function until(condition: () => boolean, what: string, timeoutMs = 5_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A promise and what settles it. */
export function defer<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** The whole numbers from 0 up to, not including, n. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index);
}
