const CHARACTERS = 64;

/** Thrown where a comparison would take too long. */
export class TooMuch extends Error {}

/** What a comparison may cost: schemas come from other machines, and a few lines can have as many combinations as one likes. */
export class Budget {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  /** @throws TooMuch when all is spent */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new TooMuch();
  }

  /** @throws TooMuch */
  exceed(): never {
    throw new TooMuch();
  }
}

/** Roughly what it costs to read a value: one for each value in it, and for each line of text. */
export function weightOf(value: unknown): number {
  if (typeof value === 'string') return 1 + Math.floor(value.length / CHARACTERS);
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, each) => sum + weightOf(each), 1);
}
