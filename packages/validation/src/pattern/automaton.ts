import { ANY, END, type Characters } from './characters.js';
import type { PatternNode } from './parse-pattern.js';

/** Repetitions up to so many are written out; more count as any number. */
const WRITTEN_OUT = 8;
/** Beyond so many places nothing is judged. */
const MOST_PLACES = 1_000;

/** The places of a part that come first and last, and whether it may be empty. */
interface Part {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly isNullable: boolean;
}

const NOTHING: Part = { first: [], last: [], isNullable: true };

/**
 * The places of a pattern at which a character is read, and which may follow which: Glushkov's construction. Where a match may begin anywhere, the first
 * place is that of all the characters before it. What a lookaround reads leads nowhere, since the pattern goes on where it began.
 */
export class Automaton {
  fits = true;
  /** A repetition that counts, and whose body may be empty: an engine tries each time both to read and not to. */
  repeatsNothing = false;
  /** A lookbehind that may read any number of characters. */
  looksBackFar = false;
  readonly sets: Characters[] = [];
  /** For each place those that follow it, and in how many ways. */
  readonly follow: Map<number, number>[] = [];
  /** Whoever has come so far has matched, whatever follows. */
  readonly successful = new Set<number>();
  readonly #writesOut: boolean;
  #hasAssertion = false;

  constructor(root: PatternNode, writesOut: boolean) {
    this.#writesOut = writesOut;
    const before = this.#place(ANY);
    const whole = this.#build(root);
    // What may be empty matches at once, unless an assertion forbids it.
    if (!whole.isNullable || this.#hasAssertion) this.#connect(before.last, [...before.first, ...whole.first]);
    if (this.#hasAssertion) return;
    for (const place of whole.last) if (this.sets[place] !== END) this.successful.add(place);
  }

  get size(): number {
    return this.sets.length;
  }

  setOf(place: number): Characters {
    return this.sets[place] ?? [];
  }

  after(place: number): readonly number[] {
    return [...(this.follow[place]?.keys() ?? [])];
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
      case 'lookaround':
        this.#hasAssertion = true;
        if (node.isBehind && hasLoop(node.node)) this.looksBackFar = true;
        return { first: this.#build(node.node).first, last: [], isNullable: true };
      case 'repeat':
        return this.#repeat(node.node, node.least, node.most);
    }
  }

  #place(set: Characters): Part {
    const place = this.sets.length;
    if (place >= MOST_PLACES) this.fits = false;
    this.sets.push(set);
    this.follow.push(new Map());
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
      const follow = this.follow[place];
      for (const next of to) follow?.set(next, (follow.get(next) ?? 0) + 1);
    }
  }
}

/** Whether something in it is repeated more often than is written out. */
export function hasLoop(node: PatternNode): boolean {
  switch (node.kind) {
    case 'characters':
      return false;
    case 'sequence':
    case 'choice':
      return node.nodes.some(hasLoop);
    case 'lookaround':
      return hasLoop(node.node);
    case 'repeat':
      return node.most > WRITTEN_OUT || hasLoop(node.node);
  }
}
