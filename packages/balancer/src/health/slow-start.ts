/** Which part of its weight a member begins with. */
const FIRST_PART = 0.1;

/**
 * How much of its weight a member has that came back a while ago: a tenth at first, and more from moment to moment, so that caches and pools warm up before the
 * whole load comes.
 * @param sinceMs since when it is back.
 * @param slowStartMs after how long it has all of it; 0: at once.
 * @see https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/slow_start
 */
export function slowStartPart(sinceMs: number, slowStartMs: number): number {
  if (sinceMs >= slowStartMs) return 1;
  return Math.max(FIRST_PART, sinceMs / slowStartMs);
}
