type Listener = (reason: unknown) => void;

const followers = new WeakMap<AbortSignal, Set<Listener>>();

/**
 * Tells a listener of an abort, once. One signal may serve any number of requests: however many there are, the signal itself has one
 * listener, since taking one of many away takes an EventTarget a time that grows with their number.
 * @returns takes the listener away. The last one leaves the signal as it was.
 */
export function onAbort(signal: AbortSignal, listener: Listener): () => void {
  let listeners = followers.get(signal);
  if (listeners === undefined) {
    followers.set(signal, (listeners = new Set()));
    signal.addEventListener('abort', tellAll);
  }
  listeners.add(listener);
  return () => {
    const known = followers.get(signal);
    if (known?.delete(listener) !== true || known.size > 0) return;
    followers.delete(signal);
    signal.removeEventListener('abort', tellAll);
  };
}

function tellAll(event: Event): void {
  const signal = event.target as AbortSignal;
  const known = followers.get(signal);
  followers.delete(signal);
  signal.removeEventListener('abort', tellAll);
  for (const listener of known ?? []) listener(signal.reason);
}
