import { hash32, mix32 } from './hash32.js';
import type { Candidate } from './strategy.js';

/** Points of a candidate that weighs one unit. The parts of equal candidates then differ by a tenth or so, which is one by the root of this. */
const POINTS = 100;

/**
 * The unit of weights is the largest power of 8 (so many doublings) that is not above the heaviest candidate. So it makes no difference whether members weigh 1 or 1,000, and none has
 * more than 800 points. The steps are long because with the unit the points of all change.
 */
const UNIT_DOUBLINGS = 3;

/** Any number that is not the usual beginning of the hash. */
const OTHER_SEED = 0x9e3779b9;

/** More candidates than there are. With the 32 bits of a hash it leaves one bit of a number free. */
const MOST_CANDIDATES = 2 ** 20;

/**
 * A ring on which each candidate has points in proportion to its weight, and each hash belongs to the point behind it (Karger et al. 1997, Consistent Hashing and Random Trees). When a
 * candidate leaves, what belonged to it goes to those behind its points, and all else stays. It depends on keys and weights, and not on the order of the candidates, so all clients agree.
 */
export class HashRing {
  readonly #points: Uint32Array;
  /** Whose points they are: positions in the array of candidates. */
  readonly #owners: Uint32Array;

  constructor(candidates: readonly Candidate[]) {
    // By their keys, so that it is not the order that says whose a point is that two have.
    const positions = [...candidates.keys()].sort((a, b) => (keyAt(candidates, a) < keyAt(candidates, b) ? -1 : 1));
    const marks = marksOf(positions.map((position) => candidates[position] as Candidate)).sort();
    this.#points = new Uint32Array(marks.length);
    this.#owners = new Uint32Array(marks.length);
    for (const [n, mark] of marks.entries()) {
      this.#points[n] = Math.floor(mark / MOST_CANDIDATES);
      this.#owners[n] = positions[mark % MOST_CANDIDATES] as number;
    }
  }

  /** How many points there are. */
  get size(): number {
    return this.#points.length;
  }

  /** The point that a hash belongs to: the first one that is not before it, and behind the last one the first. */
  pointFor(hash: number): number {
    const points = this.#points;
    let low = 0;
    let high = points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((points[middle] as number) < hash) low = middle + 1;
      else high = middle;
    }
    return low === points.length ? 0 : low;
  }

  /** The point behind that one. */
  next(point: number): number {
    return point + 1 === this.#points.length ? 0 : point + 1;
  }

  /** The position of the candidate whose point it is. */
  ownerOf(point: number): number {
    return this.#owners[point] as number;
  }
}

function keyAt(candidates: readonly Candidate[], position: number): string {
  return (candidates[position] as Candidate).key;
}

/** All points, each in one number with the rank of the candidate that it belongs to: numbers are sorted ten times as fast as objects. */
function marksOf(ranked: readonly Candidate[]): Float64Array {
  const most = ranked.reduce((sofar, { weight }) => Math.max(sofar, weight), 0);
  const unit = 2 ** (UNIT_DOUBLINGS * Math.floor(Math.log2(most) / UNIT_DOUBLINGS));
  const counts = ranked.map(({ weight }) => Math.max(1, Math.round((POINTS * weight) / unit)));
  const marks = new Float64Array(counts.reduce((sum, count) => sum + count, 0));
  let filled = 0;
  for (const [rank, count] of counts.entries()) {
    for (const point of pointsOf((ranked[rank] as Candidate).key, count)) {
      marks[filled] = point * MOST_CANDIDATES + rank;
      filled += 1;
    }
  }
  return marks;
}

/** A walk through all numbers with a step that is odd, mixed: none comes twice, and a lighter candidate has the first ones of what it would have if it were heavier. */
function* pointsOf(key: string, count: number): Generator<number> {
  const start = hash32(key);
  const step = hash32(key, OTHER_SEED) | 1;
  for (let n = 0; n < count; n += 1) yield mix32(start + Math.imul(n, step));
}
