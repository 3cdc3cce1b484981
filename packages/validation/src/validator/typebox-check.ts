import { isDeepStrictEqual } from 'node:util';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/schema';
import { Clean, Convert, Default } from 'typebox/value';
import { checkSchema } from '../schema/check-schema.js';
import { MOST_ISSUES, uncheckable, type Checked } from './checked.js';
import { copyOf, lostIn } from './copy.js';
import { issuesFrom, unknownProperty } from './typebox-issues.js';
import type { SchemaOptions } from './schema-options.js';

type Compiled = ReturnType<typeof Compile<TSchema>>;

/** A check by TypeBox: compiled when it is first used, or interpreted where code may not be generated. */
export class TypeBoxCheck {
  readonly #schema: TSchema;
  readonly #options: SchemaOptions;
  readonly #changes: boolean;
  #compiled: Compiled | undefined;

  /** @throws ConfigurationError BAD_OPTION */
  constructor(schema: TSchema, options: SchemaOptions) {
    const { coerce = false, defaults = false, clean, unsafePatterns = false } = options;
    checkSchema(schema, {
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
      const compiled = (this.#compiled ??= Compile(this.#schema));
      if (this.#changes) return this.#adapted(compiled, value);
      if (compiled.Check(value)) return { value };
      if (this.#options.coerce !== true) return this.#refused(compiled, value);
      const converted = Convert(this.#schema, copyOf(value));
      return compiled.Check(converted) ? { value: converted } : this.#refused(compiled, converted);
    } catch (error) {
      return uncheckable(error);
    }
  }

  /** Fills in defaults, converts, and leaves out or refuses what is unknown, on a copy; gives the value itself if that has changed nothing. */
  #adapted(compiled: Compiled, value: unknown): Checked<unknown> {
    const { coerce, defaults, clean } = this.#options;
    let adapted = copyOf(value);
    if (defaults === true) adapted = Default(this.#schema, adapted);
    if (coerce === true && !compiled.Check(adapted)) adapted = Convert(this.#schema, adapted);
    if (!compiled.Check(adapted) && clean !== 'strip') return this.#refused(compiled, adapted);
    if (clean !== undefined) {
      const cleaned = Clean(this.#schema, copyOf(adapted));
      const unknown = clean === 'refuse' ? lostIn(cleaned, adapted) : [];
      if (unknown.length > 0) {
        return { issues: unknown.slice(0, MOST_ISSUES).map((keys) => unknownProperty(adapted, keys)) };
      }
      adapted = cleaned;
      if (!compiled.Check(adapted)) return this.#refused(compiled, adapted);
    }
    return { value: isDeepStrictEqual(adapted, value) ? value : adapted };
  }

  #refused(compiled: Compiled, value: unknown): Checked<unknown> {
    const issues = issuesFrom(this.#schema, value, compiled.Errors(value)[1]);
    return { issues: issues.length > 0 ? issues : [{ path: '', message: 'does not match the schema' }] };
  }
}
