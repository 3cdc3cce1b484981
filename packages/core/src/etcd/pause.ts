import { waitFor } from '../timing/wait.js';

/** Resolves when the time is up or the signal aborts. */
export async function pause(timeoutMs: number, signal: AbortSignal): Promise<void> {
  await waitFor('nothing came', { timeoutMs, signal }).promise.catch(() => undefined);
}
