import { patternDanger } from '../pattern/pattern-danger.js';
import type { Budget } from './budget.js';

const LONGEST_PATTERN = 1_000;
const LONGEST_TEXT = 10_000;
/** What it costs to find out whether a pattern is dangerous. */
const COST = 2_000;

/** Tries patterns of which nobody knows where they come from. */
export class SafePatterns {
  readonly #budget: Budget;
  readonly #compiled = new Map<string, RegExp | undefined>();

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Whether it matches; `undefined` for what is not tried: patterns that are none, and those that may take long. */
  matches(pattern: string, text: string): boolean | undefined {
    if (text.length > LONGEST_TEXT) return undefined;
    if (!this.#compiled.has(pattern)) this.#compiled.set(pattern, this.#compile(pattern));
    return this.#compiled.get(pattern)?.test(text);
  }

  #compile(pattern: string): RegExp | undefined {
    if (pattern.length > LONGEST_PATTERN) return undefined;
    this.#budget.spend(COST);
    try {
      const compiled = new RegExp(pattern, 'u');
      return patternDanger(pattern) === undefined ? compiled : undefined;
    } catch {
      return undefined;
    }
  }
}
