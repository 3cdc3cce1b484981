import { ANY, ANY_BUT_LINE_ENDS, classOf, END, negated, single, START, union, type Characters } from './characters.js';

/** A regular expression, as far as it matters for how long it may take. */
export type PatternNode =
  | { readonly kind: 'characters'; readonly set: Characters }
  | { readonly kind: 'sequence'; readonly nodes: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly nodes: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly node: PatternNode; readonly least: number; readonly most: number }
  | { readonly kind: 'lookaround'; readonly node: PatternNode; readonly isBehind: boolean };

/** A pattern that was read. */
export interface ParsedPattern {
  readonly root: PatternNode;
  readonly hasBackReference: boolean;
}

const EMPTY: PatternNode = { kind: 'sequence', nodes: [] };
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };
const QUANTIFIER = /(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/y;
const GROUP = /\((?:\?(?:[:=!]|<[=!]|<[^>]*>|[a-z-]*:))?/y;

/** Reads a pattern that is known to be a valid regular expression with the flag `u`. */
export function parsePattern(pattern: string): ParsedPattern {
  return new Parser(pattern).parse();
}

class Parser {
  readonly #pattern: string;
  #hasBackReference = false;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): ParsedPattern {
    const root = this.#choice();
    return { root, hasBackReference: this.#hasBackReference };
  }

  #choice(): PatternNode {
    const nodes = [this.#sequence()];
    while (this.#pattern[this.#at] === '|') {
      this.#at += 1;
      nodes.push(this.#sequence());
    }
    return nodes.length === 1 ? (nodes[0] ?? EMPTY) : { kind: 'choice', nodes };
  }

  #sequence(): PatternNode {
    const nodes: PatternNode[] = [];
    for (let next = this.#pattern[this.#at]; next !== undefined && next !== '|' && next !== ')';) {
      nodes.push(this.#quantified(this.#atom()));
      next = this.#pattern[this.#at];
    }
    return { kind: 'sequence', nodes };
  }

  #quantified(node: PatternNode): PatternNode {
    const match = this.#read(QUANTIFIER);
    if (match === undefined) return node;
    const [text, least, comma, most] = match;
    if (least === undefined) {
      return { kind: 'repeat', node, least: text.startsWith('+') ? 1 : 0, most: text.startsWith('?') ? 1 : Infinity };
    }
    return {
      kind: 'repeat',
      node,
      least: Number(least),
      most: comma === '' ? Number(least) : most === '' ? Infinity : Number(most),
    };
  }

  #atom(): PatternNode {
    const next = this.#pattern[this.#at];
    if (next === '(') return this.#group();
    if (next === '[') return this.#class();
    if (next === '\\') return this.#escape();
    if (next === '^' || next === '$') {
      this.#at += 1;
      return { kind: 'characters', set: next === '^' ? START : END };
    }
    if (next === '.') {
      this.#at += 1;
      return { kind: 'characters', set: ANY_BUT_LINE_ENDS };
    }
    return { kind: 'characters', set: single(this.#codePoint()) };
  }

  #group(): PatternNode {
    const open = this.#read(GROUP)?.[0] ?? '(';
    const node = this.#choice();
    this.#at += 1;
    if (!/[=!]$/.test(open)) return node;
    return { kind: 'lookaround', node, isBehind: open.includes('<') };
  }

  #class(): PatternNode {
    this.#at += 1;
    const isNegated = this.#pattern[this.#at] === '^';
    if (isNegated) this.#at += 1;
    const sets: Characters[] = [];
    while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== ']') {
      const first = this.#member();
      const isRange = this.#pattern[this.#at] === '-' && this.#pattern[this.#at + 1] !== ']';
      if (!isRange || first.length !== 1) {
        sets.push(first);
        continue;
      }
      this.#at += 1;
      const last = this.#member();
      sets.push([[first[0]?.[0] ?? 0, last[0]?.[1] ?? 0]]);
    }
    this.#at += 1;
    const set = union(sets);
    return { kind: 'characters', set: isNegated ? negated(set) : set };
  }

  #member(): Characters {
    if (this.#pattern[this.#at] !== '\\') return single(this.#codePoint());
    if (this.#pattern[this.#at + 1] === 'b') {
      this.#at += 2;
      return single(8);
    }
    const node = this.#escape();
    return node.kind === 'characters' ? node.set : ANY;
  }

  #escape(): PatternNode {
    this.#at += 1;
    const letter = this.#pattern[this.#at] ?? '';
    if (letter === 'b' || letter === 'B') {
      this.#at += 1;
      return { kind: 'lookaround', node: EMPTY, isBehind: false };
    }
    if (letter === 'k' || /[1-9]/.test(letter)) {
      this.#hasBackReference = true;
      this.#read(/k<[^>]*>|\d+/y);
      return EMPTY;
    }
    if (letter === 'p' || letter === 'P') {
      this.#read(/[pP]\{[^}]*\}/y);
      // Which characters have a property is not known here: any of them may.
      return { kind: 'characters', set: ANY };
    }
    return { kind: 'characters', set: classOf(letter) === undefined ? single(this.#escaped()) : this.#classEscape() };
  }

  #classEscape(): Characters {
    const set = classOf(this.#pattern[this.#at] ?? '') ?? ANY;
    this.#at += 1;
    return set;
  }

  #escaped(): number {
    const hex = this.#read(/u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})/y);
    if (hex !== undefined) return Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '', 16);
    const control = this.#read(/c([A-Za-z])/y);
    if (control !== undefined) return (control[1] ?? '').charCodeAt(0) % 32;
    const known = CONTROLS[this.#pattern[this.#at] ?? ''];
    const codePoint = this.#codePoint();
    return known ?? codePoint;
  }

  #codePoint(): number {
    const codePoint = this.#pattern.codePointAt(this.#at) ?? 0;
    this.#at += codePoint > 0xffff ? 2 : 1;
    return codePoint;
  }

  #read(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#pattern);
    if (match === null) return undefined;
    this.#at = expression.lastIndex;
    return match;
  }
}
