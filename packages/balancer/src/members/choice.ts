import type { Member } from './member.js';

/** So much of the load a tier takes for each part of it that is available, up to all: Envoy's overprovisioning factor. */
const OVERPROVISIONING = 1.4;

/** Some members among which a strategy chooses, and the part of the requests that they get. */
export interface Share {
  /** The tier that they are of; `undefined` where the tiers are not looked at. */
  readonly tier: number | undefined;
  readonly members: readonly Member[];
  /** Above 0; those of all shares are 1 together. */
  readonly part: number;
}

/**
 * Among which members requests are to be spread. Those of a higher tier (a larger number) get what the lower ones cannot take: a tier takes all as long as 1 of 1.4 of its
 * members are available, and less in proportion below that. When too many of those that could be asked are left out by judgement, because they failed or do not answer their checks, that is not believed any more: then
 * they are asked as well, since a check that fails everywhere says more of the check, and the few that are left would only go down as well. What is a fact is believed always: members that are gone, that close, or that
 * say NOT_SERVING are not asked, and do not count.
 * @param members all of them.
 * @param panicThreshold below which part of available ones; 0: only when none is available.
 * @returns nothing if none can be asked
 * @see https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/priority
 * @see https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/panic_threshold
 */
export function choose(members: readonly Member[], panicThreshold: number): readonly Share[] {
  const present = members.filter(({ isRemoved }) => !isRemoved);
  const available = present.filter(({ isAvailable }) => isAvailable);
  const doubted = present.filter(({ isInDoubt }) => isInDoubt);
  const isPanic = available.length < panicThreshold * (available.length + doubted.length) || available.length === 0;
  if (isPanic) {
    const members = present.filter(({ isAvailable, isInDoubt }) => isAvailable || isInDoubt);
    return members.length === 0 ? [] : [{ tier: undefined, members, part: 1 }];
  }
  return spread(present, available);
}

function spread(present: readonly Member[], available: readonly Member[]): readonly Share[] {
  const tiers = [...new Set(present.map(({ tier }) => tier))].sort((a, b) => a - b);
  const shares: Share[] = [];
  let left = 1;
  for (const tier of tiers) {
    const own = available.filter((each) => each.tier === tier);
    const all = present.filter((each) => each.tier === tier).length;
    const part = Math.min(left, (OVERPROVISIONING * own.length) / all);
    if (part <= 0) continue;
    shares.push({ tier, members: own, part });
    left -= part;
    if (left <= 0) break;
  }
  // All tiers together cannot take everything: those that are there do all the same.
  const taken = 1 - left;
  return left <= 0 ? shares : shares.map((share) => ({ ...share, part: share.part / taken }));
}
