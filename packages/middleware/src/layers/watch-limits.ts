import { onAbort } from './on-abort.js';
import type { Limits } from './request-limits.js';

/** Longer than this no timer of Node's can be set. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

/** Who is to be told of a limit that was reached. May be told again until it ends the watch. */
export interface LimitListener {
  expired(): void;
  aborted(reason: unknown): void;
}

/**
 * Watches the time and the signals of something under way. Never early; never before this has returned.
 * @returns ends the watch, and leaves neither a timer nor a listener.
 */
export function watchLimits({ deadline, signals }: Limits, listener: LimitListener): () => void {
  let timer: NodeJS.Timeout | undefined;
  const arm = (): void => {
    const left = Math.max(0, Math.ceil(deadline - performance.now()));
    timer = setTimeout(look, Math.min(left, LONGEST_TIMER_MS));
  };
  // Node's timers count whole milliseconds, and may fire before the clock has reached theirs.
  const look = (): void => {
    if (performance.now() < deadline) arm();
    else listener.expired();
  };
  if (deadline !== Infinity) arm();
  const stops = signals.map((each) =>
    onAbort(each, (reason) => {
      listener.aborted(reason);
    }),
  );
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
  };
}
