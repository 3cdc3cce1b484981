import { degreeOfAmbiguity, TooComplex } from './ambiguity.js';
import { Automaton, hasLoop } from './automaton.js';
import { parsePattern, type PatternNode } from './parse-pattern.js';

/** What an engine may take for one text: some hundredths of a second. */
const MOST_STEPS = 100_000_000;
const MOST_LENGTH = 10_000;
const TOO_LONG = 'it is too long to be judged';
/** So that the cube root of a million is not 99. */
const ROUNDING = 1e-6;

/** Why matching a pattern may take long. */
export interface PatternDanger {
  readonly why: string;
  /** How long a text may be all the same; 0 if that is of no help. */
  readonly longest: number;
}

/**
 * Says why matching a pattern may take longer than in proportion to the text, or `undefined` if it may not.
 *
 * Text can then be read in more than one way, and a backtracking engine tries them all. How many there are is found exactly, on the pattern's position
 * automaton.
 * @param pattern a valid regular expression with the flag `u`.
 */
export function patternDanger(pattern: string): PatternDanger | undefined {
  if (pattern.length > MOST_LENGTH) return never(TOO_LONG);
  try {
    const { root, hasBackReference } = parsePattern(pattern);
    if (hasBackReference) return never('it refers back to a group, so that nobody can say how long it takes');
    return hasLoop(root) ? dangerOf(root) : undefined;
  } catch (error) {
    // Groups within groups, deeper than the stack.
    if (error instanceof TooComplex || error instanceof RangeError) return never(TOO_LONG);
    throw error;
  }
}

function dangerOf(root: PatternNode): PatternDanger | undefined {
  const automaton = [true, false].map((writesOut) => new Automaton(root, writesOut)).find(({ fits }) => fits);
  if (automaton === undefined) return never(TOO_LONG);
  if (automaton.looksBackFar) return never('it looks back any number of characters');
  if (automaton.repeatsNothing) return never('it repeats many times what may be empty');
  const degree = degreeOfAmbiguity(automaton);
  if (degree === 0) return undefined;
  if (degree === Infinity) return never('a loop in it can read the same text in more than one way');
  const power = degree + 1;
  const longest = Math.floor(Math.pow(MOST_STEPS, 1 / power) + ROUNDING);
  return { why: `that grows with the length of the text to the power of ${String(power)}`, longest };
}

function never(why: string): PatternDanger {
  return { why, longest: 0 };
}
