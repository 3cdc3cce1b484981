/** Under this name goes whatever gets no name of its own. */
export const OTHER = '_other';

/**
 * The values that a label may take: the first ones as they are, up to a limit, and all later ones as `_other`. A name that was admitted stays
 * admitted, so that no counter ever goes down.
 */
export class BoundedNames {
  readonly #names = new Set<string>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** The name itself if it is known or there is room for it, `_other` if not. */
  admit(name: string): string {
    if (this.#names.has(name)) return name;
    if (name === OTHER || this.#names.size >= this.#max) return OTHER;
    this.#names.add(name);
    return name;
  }
}
