/**
 * The longest time that a timer of Node's can be set to, in ms: 24.8 days. One that is to be longer runs after 1 ms.
 * @see https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
 */
export const LONGEST_TIMER_MS = 0x7fff_ffff;

/** Runs something once, if the process is still there by then. A longer time than {@link LONGEST_TIMER_MS} is that one; after `Infinity` it never runs, and there is no timer. */
export function after(ms: number, run: () => void): NodeJS.Timeout | undefined {
  return ms === Infinity ? undefined : setTimeout(run, Math.min(ms, LONGEST_TIMER_MS)).unref();
}

/** The same again and again. */
export function every(ms: number, run: () => void): NodeJS.Timeout | undefined {
  return ms === Infinity ? undefined : setInterval(run, Math.min(ms, LONGEST_TIMER_MS)).unref();
}
