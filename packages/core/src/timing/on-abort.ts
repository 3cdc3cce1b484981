import { setMaxListeners } from 'node:events';

const unlimited = new WeakSet<AbortSignal>();

/**
 * Listens for a signal's abort. One signal may serve any number of requests at once: Node's warning about more than ten listeners is for
 * leaks, and every listener here is taken away when what it is for has settled.
 */
export function onAbort(signal: AbortSignal, listener: { handleEvent(event: Event): void }): void {
  if (!unlimited.has(signal)) {
    unlimited.add(signal);
    try {
      setMaxListeners(0, signal);
    } catch {
      // A signal that is not Node's own knows no such warning.
    }
  }
  signal.addEventListener('abort', listener);
}
