import { OTHER } from './semantic-conventions.js';

/** The names that are told, so many at most: each of them is a series that whoever keeps the metrics has to keep. The first ones stay. */
export class KnownNames {
  readonly #names = new Set<string>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** The name, or what stands for all those that are too many. */
  of(name: string): string {
    if (this.#names.has(name)) return name;
    if (this.#names.size >= this.#max) return OTHER;
    this.#names.add(name);
    return name;
  }
}
