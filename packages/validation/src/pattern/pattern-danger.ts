import { overlap, type Characters } from './characters.js';
import { parsePattern, type PatternNode } from './parse-pattern.js';

/** Repetitions up to so many are written out; more count as any number. */
const WRITTEN_OUT = 8;
/** Beyond so many places nothing is written out, and then nothing is judged. */
const MOST_PLACES = 200;

/**
 * Says why matching a pattern may take exponentially long, or `undefined` if it may not.
 *
 * Text can then be read by a loop of the pattern in more than one way, and a backtracking engine tries them all. That is found exactly, on the pattern's
 * position automaton: it is exponentially ambiguous if and only if two different ways lead from a place back to it with the same text
 * (Weber and Seidl, On the degree of ambiguity of finite automata, 1991). Time that grows with a power of the length is not found.
 * @param pattern a valid regular expression with the flag `u`.
 */
export function patternDanger(pattern: string): string | undefined {
  const { root, lookarounds, hasBackReference } = parsePattern(pattern);
  if (hasBackReference) return 'it refers back to a group, so that nobody can say how long it takes';
  for (const node of [root, ...lookarounds]) {
    const danger = dangerOf(node);
    if (danger !== undefined) return danger;
  }
  return undefined;
}

function dangerOf(node: PatternNode): string | undefined {
  const automaton = [true, false].map((writesOut) => new Automaton(node, writesOut)).find(({ fits }) => fits);
  if (automaton === undefined) return 'it is too long to be judged';
  if (automaton.repeatsNothing) return 'it repeats many times what may be empty';
  return automaton.isAmbiguous() ? 'a loop in it can read the same text in more than one way' : undefined;
}

/** The places of a part that come first and last, and whether it may be empty. */
interface Part {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly isNullable: boolean;
}

const NOTHING: Part = { first: [], last: [], isNullable: true };

/** The places of a pattern at which a character is read, and which may follow which: Glushkov's construction. */
class Automaton {
  fits = true;
  /** A repetition that counts, and whose body may be empty: an engine tries each time both to read and not to. */
  repeatsNothing = false;
  readonly #writesOut: boolean;
  readonly #sets: Characters[] = [];
  /** For each place those that follow it, and in how many ways. */
  readonly #follow: Map<number, number>[] = [];

  constructor(root: PatternNode, writesOut: boolean) {
    this.#writesOut = writesOut;
    this.#build(root);
  }

  /** Whether two different ways lead from a place back to it with the same text. */
  isAmbiguous(): boolean {
    const count = this.#sets.length;
    const component = components(count, (place) => [...(this.#follow[place]?.keys() ?? [])]);
    for (const [place, follow] of this.#follow.entries()) {
      for (const [next, ways] of follow) if (ways > 1 && component[place] === component[next]) return true;
    }
    // Two readers walk with the same text from place to place, and may not leave their loop.
    const stepsOf = (pair: number): number[] => {
      const [one, other] = [Math.floor(pair / count), pair % count];
      const steps: number[] = [];
      for (const a of this.#follow[one]?.keys() ?? []) {
        if (component[a] !== component[one]) continue;
        for (const b of this.#follow[other]?.keys() ?? []) {
          if (component[b] === component[a] && overlap(this.#setOf(a), this.#setOf(b))) steps.push(a * count + b);
        }
      }
      return steps;
    };
    const pairs = components(count * count, stepsOf, (pair) => Math.floor(pair / count) === pair % count);
    const together = new Set(Array.from({ length: count }, (_, place) => pairs[place * count + place]));
    return pairs.some(
      (each, pair) => each !== undefined && Math.floor(pair / count) !== pair % count && together.has(each),
    );
  }

  #setOf(place: number): Characters {
    return this.#sets[place] ?? [];
  }

  #build(node: PatternNode): Part {
    if (!this.fits) return NOTHING;
    switch (node.kind) {
      case 'characters':
        return this.#place(node.set);
      case 'sequence':
        return node.nodes.reduce<Part>((before, each) => this.#join(before, this.#build(each)), NOTHING);
      case 'choice': {
        const parts = node.nodes.map((each) => this.#build(each));
        return {
          first: parts.flatMap(({ first }) => first),
          last: parts.flatMap(({ last }) => last),
          isNullable: parts.some(({ isNullable }) => isNullable),
        };
      }
      case 'repeat':
        return this.#repeat(node.node, node.least, node.most);
    }
  }

  #place(set: Characters): Part {
    const place = this.#sets.length;
    if (place >= MOST_PLACES) this.fits = false;
    this.#sets.push(set);
    this.#follow.push(new Map());
    return { first: [place], last: [place], isNullable: false };
  }

  #repeat(body: PatternNode, least: number, most: number): Part {
    if (most === 0) return NOTHING;
    if (most === 1) {
      const part = this.#build(body);
      return least === 0 ? { ...part, isNullable: true } : part;
    }
    if (this.#writesOut && most <= WRITTEN_OUT) return this.#writeOut(body, least, most);
    const part = this.#build(body);
    if (part.isNullable && (least > 1 || most !== Infinity)) this.repeatsNothing = true;
    this.#connect(part.last, part.first);
    return least === 0 ? { ...part, isNullable: true } : part;
  }

  /** `x{1,3}` as `x(x(x)?)?`. */
  #writeOut(body: PatternNode, least: number, most: number): Part {
    const inner = most > 1 ? this.#writeOut(body, Math.max(0, least - 1), most - 1) : NOTHING;
    const part = this.#join(this.#build(body), inner);
    return least === 0 ? { ...part, isNullable: true } : part;
  }

  #join(before: Part, after: Part): Part {
    this.#connect(before.last, after.first);
    return {
      first: before.isNullable ? [...before.first, ...after.first] : before.first,
      last: after.isNullable ? [...before.last, ...after.last] : after.last,
      isNullable: before.isNullable && after.isNullable,
    };
  }

  #connect(from: readonly number[], to: readonly number[]): void {
    for (const place of from) {
      const follow = this.#follow[place];
      for (const next of to) follow?.set(next, (follow.get(next) ?? 0) + 1);
    }
  }
}

/**
 * The strongly connected components of a graph, by the number of each node; `undefined` for a node that was not reached (Tarjan, without recursion).
 * @param isStart where to begin; everywhere if left out.
 */
function components(
  count: number,
  stepsOf: (node: number) => readonly number[],
  isStart: (node: number) => boolean = () => true,
): (number | undefined)[] {
  const component = new Array<number | undefined>(count).fill(undefined);
  const index = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const open: number[] = [];
  let [clock, found] = [0, 0];
  for (let start = 0; start < count; start += 1) {
    if (index[start] !== -1 || !isStart(start)) continue;
    const path: { readonly node: number; readonly steps: readonly number[]; next: number }[] = [];
    const enter = (node: number): void => {
      index[node] = low[node] = clock;
      clock += 1;
      open.push(node);
      path.push({ node, steps: stepsOf(node), next: 0 });
    };
    enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { node, steps } = top;
      const next = steps[top.next];
      top.next += 1;
      if (next !== undefined) {
        if (index[next] === -1) enter(next);
        else if (component[next] === undefined) low[node] = Math.min(low[node] ?? 0, index[next] ?? 0);
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.node;
      if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[node] ?? 0);
      if (low[node] !== index[node]) continue;
      for (let member = open.pop(); member !== undefined; member = open.pop()) {
        component[member] = found;
        if (member === node) break;
      }
      found += 1;
    }
  }
  return component;
}
