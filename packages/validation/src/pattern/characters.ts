/** A set of characters: ranges of code points, in order and apart. */
export type Characters = readonly (readonly [from: number, to: number])[];

const LAST = 0x10ffff;

export const ANY: Characters = [[0, LAST]];
/** Where a text begins and ends, as if they were characters that are in no other set. */
export const START: Characters = [[LAST + 1, LAST + 1]];
export const END: Characters = [[LAST + 2, LAST + 2]];

const DIGITS: Characters = [[0x30, 0x39]];
const WORD: Characters = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
/** Those below 256; of the others all that may be white space. */
const SPACE: Characters = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const LINE_ENDS: Characters = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

export const ANY_BUT_LINE_ENDS = negated(LINE_ENDS);

/** The sets that have a letter: `\d`, `\W` and so on. `undefined` for a letter without one. */
export function classOf(letter: string): Characters | undefined {
  const set = { d: DIGITS, w: WORD, s: SPACE }[letter.toLowerCase()];
  if (set === undefined) return undefined;
  return letter === letter.toLowerCase() ? set : negated(set);
}

export function single(codePoint: number): Characters {
  return [[codePoint, codePoint]];
}

export function union(sets: readonly Characters[]): Characters {
  const merged: [number, number][] = [];
  for (const [from, to] of sets.flat().sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** @param set in order and apart. */
export function negated(set: Characters): Characters {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) rest.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= LAST) rest.push([next, LAST]);
  return rest;
}

/** The characters that are in both. */
export function intersection(a: Characters, b: Characters): Characters {
  const common: [number, number][] = [];
  for (const [from, to] of a) {
    for (const [otherFrom, otherTo] of b) {
      if (from <= otherTo && otherFrom <= to) common.push([Math.max(from, otherFrom), Math.min(to, otherTo)]);
    }
  }
  return common;
}

/** Whether a character is in both. */
export function overlap(a: Characters, b: Characters): boolean {
  return a.some(([from, to]) => b.some(([otherFrom, otherTo]) => from <= otherTo && otherFrom <= to));
}
