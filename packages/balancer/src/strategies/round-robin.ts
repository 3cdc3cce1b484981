import { MemberMemory } from './member-memory.js';
import type { Candidate, MakeStrategy, Strategy } from './strategy.js';

/**
 * In turn: next is whoever has had no turn for longest. While the candidates stay the same, that is one after the other in a circle. When they change, everyone keeps
 * its place in the line, whatever the order of the new ones; newcomers come last. So nobody is passed over or served twice because somebody else came or
 * went, also if the candidates are others with each request.
 *
 * Each client begins anywhere, so that a thousand that start together do not all ask the same member first. Weights count for nothing; `weighted` is the strategy for them.
 */
export const roundRobin: MakeStrategy = (random) => new RoundRobin(random);

class RoundRobin implements Strategy {
  readonly #random: () => number;
  /** When members have had their last turn, or have come. Those of `#known` that have had one since are not in here yet. */
  readonly #turns = new MemberMemory<number>();
  #known: readonly Candidate[] = [];
  /** Positions in `#known`: the line as it was when they became known. */
  #line: number[] = [];
  /** The next one in the line. */
  #next = 0;
  /** The number of the next turn, and of the first one with those that are known. */
  #turn = 1;
  #knownSince = 1;

  constructor(random: () => number) {
    this.#random = random;
  }

  pick<C extends Candidate>(candidates: readonly C[]): C {
    if (candidates !== this.#known) this.#lineUp(candidates);
    const position = this.#line[this.#next] as number;
    this.#next = this.#next + 1 === candidates.length ? 0 : this.#next + 1;
    this.#turn += 1;
    return candidates[position] as C;
  }

  #lineUp(candidates: readonly Candidate[]): void {
    const isFirst = this.#known.length === 0;
    this.#noteTurns();
    const now = this.#turn;
    const turns = candidates.map(({ key }) => {
      const turn = this.#turns.get(key) ?? now;
      this.#turns.set(key, turn);
      return turn;
    });
    this.#turns.trim(candidates.length);
    this.#line = [...turns.keys()].sort((a, b) => (turns[a] as number) - (turns[b] as number));
    this.#next = isFirst ? Math.floor(this.#random() * candidates.length) : 0;
    this.#known = candidates;
    // Newcomers have come before whoever has the next turn has had it.
    this.#turn += 1;
    this.#knownSince = this.#turn;
  }

  /** Of those that were known, the ones that have had a turn are the last so many before the next one in the line. */
  #noteTurns(): void {
    const length = this.#line.length;
    for (let back = Math.min(length, this.#turn - this.#knownSince); back > 0; back -= 1) {
      const position = this.#line[(this.#next - back + length) % length] as number;
      this.#turns.set((this.#known[position] as Candidate).key, this.#turn - back);
    }
  }
}
