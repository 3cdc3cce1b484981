/** Who is to be told of an abort. */
export interface AbortListener {
  handleEvent(event: Event): void;
}

const followers = new WeakMap<AbortSignal, Set<AbortListener>>();

/**
 * Tells a listener of a signal's abort, once. One signal may serve any number of requests at once: however many there are, the signal itself
 * has one listener, since taking one of many away takes an EventTarget a time that grows with their number.
 */
export function onAbort(signal: AbortSignal, listener: AbortListener): void {
  const known = followers.get(signal);
  if (known !== undefined) {
    known.add(listener);
    return;
  }
  const listeners = new Set([listener]);
  followers.set(signal, listeners);
  signal.addEventListener('abort', tellAll);
}

/** Takes a listener away. The last one leaves the signal as it was. */
export function offAbort(signal: AbortSignal, listener: AbortListener): void {
  const known = followers.get(signal);
  if (known?.delete(listener) !== true || known.size > 0) return;
  followers.delete(signal);
  signal.removeEventListener('abort', tellAll);
}

function tellAll(event: Event): void {
  const signal = event.target as AbortSignal;
  const known = followers.get(signal);
  followers.delete(signal);
  signal.removeEventListener('abort', tellAll);
  for (const listener of known ?? []) listener.handleEvent(event);
}
