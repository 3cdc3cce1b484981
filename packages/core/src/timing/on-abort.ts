import { Cancellation, type AbortListener } from './cancellation.js';

/** Something that may abort: a signal, or what stands behind one of this library's own. */
export type AbortSource = AbortSignal | Cancellation;

/** Where something of ours that has a signal keeps what stands behind it. */
export const ABORT_SOURCE = Symbol('abort source');

/** What aborts the signal of something, without making that signal where what has it is ours. */
export function abortSourceOf(owner: {
  readonly signal: AbortSignal;
  readonly [ABORT_SOURCE]?: Cancellation;
}): AbortSource {
  return owner[ABORT_SOURCE] ?? owner.signal;
}

const followers = new WeakMap<AbortSignal, Set<AbortListener>>();

/**
 * Tells a listener of an abort, once. One signal may serve any number of requests at once: however many there are, the signal itself
 * has one listener, since taking one of many away takes an EventTarget a time that grows with their number.
 */
export function onAbort(source: AbortSource, listener: AbortListener): void {
  if (source instanceof Cancellation) {
    source.follow(listener);
    return;
  }
  const known = followers.get(source);
  if (known !== undefined) {
    known.add(listener);
    return;
  }
  const listeners = new Set([listener]);
  followers.set(source, listeners);
  source.addEventListener('abort', tellAll);
}

/** Takes a listener away. The last one leaves the signal as it was. */
export function offAbort(source: AbortSource, listener: AbortListener): void {
  if (source instanceof Cancellation) {
    source.unfollow(listener);
    return;
  }
  const known = followers.get(source);
  if (known?.delete(listener) !== true || known.size > 0) return;
  followers.delete(source);
  source.removeEventListener('abort', tellAll);
}

function tellAll(event: Event): void {
  const signal = event.target as AbortSignal;
  const known = followers.get(signal);
  followers.delete(signal);
  signal.removeEventListener('abort', tellAll);
  for (const listener of known ?? []) listener.onAborted(signal.reason);
}
