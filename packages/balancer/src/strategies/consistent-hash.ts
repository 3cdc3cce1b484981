import { hash32 } from './hash32.js';
import { HashRing } from './hash-ring.js';
import type { Candidate, MakeStrategy, RequestFacts, Strategy } from './strategy.js';
import { twoChoices } from './two-choices.js';

/** What a candidate may have under way comes close to so many times its share, the larger that is: less would move more keys, more would let one be busier than the others. */
const MOST_SHARES = 1.25;

/** And so many standard deviations: by chance alone, a candidate whose share is m has m, give or take the root of m. */
const DEVIATIONS = 2;

/** And one more, so that a share of next to nothing leaves room for a second request. */
const ONE_MORE = 1;

/**
 * The same one for the same `hashKey`, so that what it keeps (a cache, a session) is of use, also when it is asked by another client. When one of n candidates leaves or comes, about one of n keys moves, and
 * all others stay: see `HashRing`.
 *
 * Nobody gets much more than its share, however often a key is asked for: who has as much under way as it has room for is full, and the next one on the ring that is not takes
 * the request (Mirrokni, Thorup and Zadimoghaddam 2016, Consistent Hashing with Bounded Loads). Each client counts what it has under way itself.
 *
 * There, the room is 1.25 times the share m of all that is under way, rounded up. Where shares are small, as they are in one client among many, chance alone fills that: with 50 requests under way at
 * 100 candidates, a second one would find its own candidate full, and half of all would go elsewhere. So there is room for 1.25 m + 2 √m, rounded up, and one more: 4 for a share of a half, 35 for
 * one of 20, and hardly more than 1.25 times a large one. Of requests for a million keys at 10 and at 100 candidates, at any load from 0.05 to 100 under way at each, fewer than one of a hundred then go elsewhere.
 *
 * Requests without a `hashKey` have nothing in common, and there is nothing to gain where they go: they are spread by two choices, and take room where there is most.
 */
export const consistentHash: MakeStrategy = (random) => new ConsistentHash(random);

class ConsistentHash implements Strategy {
  readonly #others: Strategy;
  readonly #rings = new WeakMap<readonly Candidate[], HashRing>();
  /** Arrays that have no ring of their own, as they were only seen once. */
  readonly #seen = new WeakSet<readonly Candidate[]>();
  /** Those for whom the ring is that is used. */
  #whole: readonly Candidate[] = [];
  #ring = new HashRing([]);

  constructor(random: () => number) {
    this.#others = twoChoices(random);
  }

  pick<C extends Candidate>(candidates: readonly C[], request: RequestFacts): C {
    const { hashKey } = request;
    if (hashKey === undefined) return this.#others.pick(candidates, request);
    if (candidates !== this.#whole) this.#change(candidates);
    const ring = this.#ring;
    const isWhole = candidates === this.#whole;
    let load: Load | undefined;
    let point = ring.pointFor(hash32(hashKey));
    for (let n = 0; n < ring.size; n += 1) {
      const candidate = this.#whole[ring.ownerOf(point)] as C;
      if (isWhole || candidates.includes(candidate)) {
        // Everybody has room for two.
        if (candidate.pending <= ONE_MORE) return candidate;
        load ??= loadOf(candidates);
        if (candidate.pending < roomFor((load.requests * candidate.weight) / load.weight)) return candidate;
      }
      point = ring.next(point);
    }
    // There is always one with room, as all of it together is more than what is under way.
    return candidates[0] as C;
  }

  /**
   * Takes the ring that is for them, or makes one, which takes about 1 ms for a hundred. Those that have failed a request leave an array for this one request, so where some of those that
   * were there before are seen for the first time, the ring of all does: who is not among them is passed by.
   */
  #change(candidates: readonly Candidate[]): void {
    let ring = this.#rings.get(candidates);
    if (ring === undefined && !this.#seen.has(candidates) && isPartOf(candidates, this.#whole)) {
      this.#seen.add(candidates);
      return;
    }
    ring ??= new HashRing(candidates);
    this.#rings.set(candidates, ring);
    this.#whole = candidates;
    this.#ring = ring;
  }
}

/** What all together have under way with the request that comes, and their weights. */
interface Load {
  readonly requests: number;
  readonly weight: number;
}

/** How much one may have under way whose share is so much. */
function roomFor(share: number): number {
  return Math.ceil(MOST_SHARES * share + DEVIATIONS * Math.sqrt(share)) + ONE_MORE;
}

function loadOf(candidates: readonly Candidate[]): Load {
  let requests = 1;
  let weight = 0;
  for (const candidate of candidates) {
    requests += candidate.pending;
    weight += candidate.weight;
  }
  return { requests, weight };
}

/** Whether they are some of those, in the same order. */
function isPartOf(some: readonly Candidate[], all: readonly Candidate[]): boolean {
  let at = -1;
  return some.every((candidate) => {
    at = all.indexOf(candidate, at + 1);
    return at !== -1;
  });
}
