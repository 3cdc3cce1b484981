import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Socket } from './open-socket.js';
import { socketErrorCode } from './socket-error.js';

/** For how long after a close an address may still be taken by the socket that was closed: its I/O thread needs a moment. */
const RELEASE_MS = 1_000;
const RETRY_MS = 5;

/** When addresses were given up in this process, on the clock of `performance.now()`. */
const released = new Map<string, number>();

/** Binds a socket. An address that this process has just given up is tried again until it is free; any other is taken or not, at once. */
export async function bindWhenFree(socket: Socket, endpoint: string): Promise<void> {
  for (;;) {
    try {
      await socket.bind(endpoint);
      released.delete(endpoint);
      return;
    } catch (error) {
      const until = (released.get(endpoint) ?? -Infinity) + RELEASE_MS;
      if (socketErrorCode(error) !== 'EADDRINUSE' || performance.now() > until) throw error;
      await sleep(RETRY_MS);
    }
  }
}

/**
 * Closes a bound socket. What it still has to send goes on leaving in the background. (To unbind it first would free the address at once,
 * and drop what is on its way to the peers.)
 */
export async function closeBound(socket: Socket): Promise<void> {
  const endpoint = socket.lastEndpoint;
  socket.close();
  if (endpoint === null) return;
  const now = performance.now();
  for (const [address, at] of released) if (at + RELEASE_MS < now) released.delete(address);
  released.set(endpoint, now);
  // libzmq removes the file of an ipc address only later, even if somebody else has bound it by then.
  const file = endpoint.startsWith('ipc://') ? endpoint.slice('ipc://'.length) : undefined;
  while (file !== undefined && existsSync(file) && performance.now() < now + RELEASE_MS) await sleep(RETRY_MS);
}
