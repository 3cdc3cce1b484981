import { canonicalSchema } from '../contract/canonical.js';
import { OPAQUE, REFINED, type JsonSchema } from '../contract/json-form.js';
import { weightOf, type Budget } from './budget.js';

/** Tells whether two schemas say the same. */
export interface Key {
  /** The same for all that say the same. */
  readonly id: number;
  /** Whether it refers to something that is said elsewhere. */
  readonly refers: boolean;
  /** Whether something about it cannot be seen. */
  readonly hides: boolean;
}

/** Gives the keys of schemas: two that say the same in another order have the same. */
export class Keys {
  readonly #budget: Budget;
  readonly #known = new WeakMap<object, Key>();
  readonly #byText = new Map<string, Key>();

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  of(schema: JsonSchema): Key {
    if (typeof schema === 'boolean') return this.#make(schema);
    let known = this.#known.get(schema);
    if (known === undefined) this.#known.set(schema, (known = this.#make(schema)));
    return known;
  }

  #make(schema: JsonSchema): Key {
    let refers = typeof schema === 'object' && Object.hasOwn(schema, '$ref');
    let hides = typeof schema === 'object' && (Object.hasOwn(schema, OPAQUE) || Object.hasOwn(schema, REFINED));
    const text = canonicalSchema(schema, false, (each) => {
      const child = this.of(each);
      refers ||= child.refers;
      hides ||= child.hides;
      return `#${String(child.id)}`;
    });
    this.#budget.spend(weightOf(text));
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    const key = { id: this.#byText.size, refers, hides };
    this.#byText.set(text, key);
    return key;
  }
}
