/**
 * The names that metrics are told apart by: the first ones as they are, up to a limit, and all later ones under one name for them all. Each is a series that
 * whoever keeps the metrics has to keep. A name that was admitted stays admitted, so that no counter ever goes down.
 */
export class BoundedNames {
  readonly #names = new Set<string>();
  readonly #max: number;
  readonly #other: string;

  /** @param other what stands for those that are too many */
  constructor(max: number, other: string) {
    this.#max = max;
    this.#other = other;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** The name itself if it is known or there is room for it, what stands for the others if not. */
  admit(name: string): string {
    if (this.#names.has(name)) return name;
    if (name === this.#other || this.#names.size >= this.#max) return this.#other;
    this.#names.add(name);
    return name;
  }
}
