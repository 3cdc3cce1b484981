import type { Automaton } from './automaton.js';
import { intersection, overlap } from './characters.js';
import { components } from './components.js';

/** More steps than this are not taken to judge a pattern: about a fifth of a second. */
const MOST_STEPS = 1_000_000;

/** Thrown where a pattern would take too long to be judged. */
export class TooComplex extends Error {}

/**
 * How ambiguous an automaton is: in how many ways it may read a text, as a power of the text's length; `Infinity` if that grows exponentially. A backtracking
 * engine tries all of them before it gives up.
 * (Weber and Seidl, On the degree of ambiguity of finite automata, 1991.)
 * @throws TooComplex
 */
export function degreeOfAmbiguity(automaton: Automaton): number {
  return new Ambiguity(automaton).degree();
}

class Ambiguity {
  readonly #automaton: Automaton;
  /** The component of each place: those of a loop have the same one. */
  readonly #component: readonly (number | undefined)[];
  #steps = 0;

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
    this.#component = components(automaton.size, (place) => automaton.after(place));
  }

  degree(): number {
    if (this.#isExponential()) return Infinity;
    const loops = this.#loops();
    const reachable = this.#reachable();
    const degrees = new Map<number, number>();
    // No component leads to a higher one, so that those after a loop are known before it.
    for (const [loop, places] of [...loops].sort(([one], [other]) => one - other)) {
      let most = 0;
      for (const [next, degree] of degrees) {
        if (reachable[loop]?.has(next) !== true || degree + 1 <= most) continue;
        const joins = places.some((from) => loops.get(next)?.some((to) => this.#growsBetween(from, to)));
        most = Math.max(most, joins ? degree + 1 : degree);
      }
      degrees.set(loop, most);
    }
    return Math.max(0, ...degrees.values());
  }

  /** Whether two different ways lead from a place back to it with the same text. */
  #isExponential(): boolean {
    const { size, follow } = this.#automaton;
    for (const [place, ways] of follow.entries()) {
      for (const [next, count] of ways) if (count > 1 && this.#isSameLoop(place, next)) return true;
    }
    // Two readers walk with the same text from place to place, and may not leave their loop.
    const stepsOf = (pair: number): number[] => {
      const [one, other] = [Math.floor(pair / size), pair % size];
      const steps: number[] = [];
      for (const a of this.#inLoop(one)) {
        for (const b of this.#inLoop(other)) {
          this.#step();
          if (overlap(this.#automaton.setOf(a), this.#automaton.setOf(b))) steps.push(a * size + b);
        }
      }
      return steps;
    };
    const pairs = components(size * size, stepsOf, (pair) => Math.floor(pair / size) === pair % size);
    const together = new Set(Array.from({ length: size }, (_, place) => pairs[place * size + place]));
    return pairs.some(
      (each, pair) => each !== undefined && Math.floor(pair / size) !== pair % size && together.has(each),
    );
  }

  /**
   * Whether with some text one may go round at a place, go from there to another, and go round there: then each repetition of it may be where one has gone over.
   * Three readers of the same text look for it.
   */
  #growsBetween(from: number, to: number): boolean {
    const { size, successful } = this.#automaton;
    // Whoever has arrived has matched, and nothing is tried again.
    if (successful.has(to)) return false;
    const stateOf = (first: number, second: number, third: number): number => (first * size + second) * size + third;
    const goal = stateOf(from, to, to);
    const open = [stateOf(from, from, to)];
    const seen = new Set(open);
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      const [first, second, third] = [Math.floor(state / size / size), Math.floor(state / size) % size, state % size];
      for (const a of this.#inLoop(first)) {
        for (const c of this.#inLoop(third)) {
          this.#step();
          const common = intersection(this.#automaton.setOf(a), this.#automaton.setOf(c));
          if (common.length === 0) continue;
          for (const b of this.#automaton.after(second)) {
            this.#step();
            const next = stateOf(a, b, c);
            if (seen.has(next) || !overlap(common, this.#automaton.setOf(b))) continue;
            if (next === goal) return true;
            seen.add(next);
            open.push(next);
          }
        }
      }
    }
    return false;
  }

  /** The places of each loop, by its component. */
  #loops(): Map<number, number[]> {
    const loops = new Map<number, number[]>();
    for (const [place, component] of this.#component.entries()) {
      if (component === undefined || this.#inLoop(place).length === 0) continue;
      loops.set(component, [...(loops.get(component) ?? []), place]);
    }
    return loops;
  }

  /** For each component those that it leads to. */
  #reachable(): Set<number>[] {
    const reachable: Set<number>[] = [];
    const places = [...this.#component.entries()].sort(([, one = 0], [, other = 0]) => one - other);
    for (const [place, component = 0] of places) {
      const reached = (reachable[component] ??= new Set());
      for (const next of this.#automaton.after(place)) {
        const other = this.#component[next] ?? 0;
        if (other === component || reached.has(other)) continue;
        reached.add(other);
        for (const each of reachable[other] ?? []) reached.add(each);
        this.#step();
      }
    }
    return reachable;
  }

  /** What follows a place without leaving its loop. */
  #inLoop(place: number): number[] {
    return this.#automaton.after(place).filter((next) => this.#isSameLoop(place, next));
  }

  #isSameLoop(one: number, other: number): boolean {
    return this.#component[one] === this.#component[other];
  }

  #step(): void {
    this.#steps += 1;
    if (this.#steps > MOST_STEPS) throw new TooComplex();
  }
}
