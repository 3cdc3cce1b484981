import { isDeepStrictEqual } from 'node:util';
import type { TSchema } from 'typebox';
import { Clean, Convert, Default } from 'typebox/value';
import { checkSchema } from '../schema/check-schema.js';
import { MOST_ISSUES, uncheckable, type Checked } from './checked.js';
import { compile, type References } from './compile.js';
import { copyOf, lostIn } from './copy.js';
import { Explainer, unknownProperty } from './explainer.js';
import type { SchemaOptions } from './schema-options.js';

type Check = (value: unknown) => boolean;

/** A check by TypeBox: compiled when it is first used, or interpreted where code may not be generated. */
export class TypeBoxCheck {
  readonly #schema: TSchema;
  readonly #options: SchemaOptions;
  readonly #references: References;
  readonly #changes: boolean;
  #compiled: Check | undefined;
  #explainer: Explainer | undefined;

  /** @throws ConfigurationError BAD_OPTION */
  constructor(schema: TSchema, options: SchemaOptions) {
    const { coerce = false, defaults = false, clean, unsafePatterns = false } = options;
    this.#references = checkSchema(schema, {
      coerces: coerce,
      changes: coerce || defaults || clean !== undefined,
      allowsUnsafePatterns: unsafePatterns,
    });
    this.#schema = schema;
    this.#options = options;
    this.#changes = defaults || clean !== undefined;
  }

  check(value: unknown): Checked<unknown> {
    try {
      const passes = (this.#compiled ??= compile(this.#references, this.#schema));
      if (this.#changes) return this.#adapted(passes, value);
      if (passes(value)) return { value };
      if (this.#options.coerce !== true) return this.#refused(value);
      const converted = Convert(this.#schema, copyOf(value));
      return passes(converted) ? { value: converted } : this.#refused(converted);
    } catch (error) {
      return uncheckable(error);
    }
  }

  /** Fills in defaults, converts, and leaves out or refuses what is unknown, on a copy; gives the value itself if that has changed nothing. */
  #adapted(passes: Check, value: unknown): Checked<unknown> {
    const { coerce, defaults, clean } = this.#options;
    let adapted = copyOf(value);
    if (defaults === true) adapted = Default(this.#schema, adapted);
    if (coerce === true && !passes(adapted)) adapted = Convert(this.#schema, adapted);
    if (!passes(adapted) && clean !== 'strip') return this.#refused(adapted);
    if (clean !== undefined) {
      const cleaned = Clean(this.#schema, copyOf(adapted));
      const unknown = clean === 'refuse' ? lostIn(cleaned, adapted, MOST_ISSUES) : [];
      if (unknown.length > 0) return { issues: unknown.map((lost) => unknownProperty(lost.keys, lost.value)) };
      adapted = cleaned;
      if (!passes(adapted)) return this.#refused(adapted);
    }
    return { value: isDeepStrictEqual(adapted, value) ? value : adapted };
  }

  #refused(value: unknown): Checked<unknown> {
    const explainer = (this.#explainer ??= new Explainer(this.#references));
    return { issues: explainer.explain(this.#schema, value) };
  }
}
