import type { MemberOptions } from '../members/member-options.js';
import type { ResolverListener } from './resolver.js';

/** Passes on the lists that differ from the one before. They are told in the order of tiers and addresses, so that the order of answers makes no difference. */
export class Changes {
  readonly #listener: ResolverListener;
  #last: string | undefined;

  constructor(listener: ResolverListener) {
    this.#listener = listener;
  }

  /** @param members with an address each. @returns whether that was news */
  tell(members: readonly MemberOptions[]): boolean {
    const sorted = [...members].sort(byTierAndAddress);
    const text = JSON.stringify(sorted.map(({ address, weight, tier }) => [address, weight, tier]));
    if (text === this.#last) return false;
    this.#last = text;
    this.#listener.onMembers(sorted);
    return true;
  }
}

function byTierAndAddress(a: MemberOptions, b: MemberOptions): number {
  const tiers = (a.tier ?? 0) - (b.tier ?? 0);
  if (tiers !== 0) return tiers;
  return (a.address ?? '') < (b.address ?? '') ? -1 : 1;
}
