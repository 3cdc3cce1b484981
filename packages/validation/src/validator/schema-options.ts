import { checkOneOf } from '../options.js';

/** How data is adapted to a TypeBox schema. A Standard Schema adapts data as its library says, and takes none of these. */
export interface SchemaOptions {
  /**
   * Whether a value of another type is converted where that loses nothing: `'5'` to `5`, `'true'` to `true`. What is valid already stays as it is.
   * @defaultValue false: `'5'` for a number is a mistake of the sender more often than not
   */
  coerce?: boolean | undefined;
  /**
   * Whether what is missing is filled in from `default` in the schema.
   * @defaultValue false
   */
  defaults?: boolean | undefined;
  /**
   * What becomes of properties that the schema does not know: `'strip'` leaves them out, `'refuse'` makes them issues.
   * @defaultValue they are left as they are, unless the schema says `additionalProperties: false`, which costs less than either
   */
  clean?: 'strip' | 'refuse' | undefined;
  /**
   * Whether to allow a `pattern` that may take so long for some texts that one message stops the process, whatever its `maxLength`.
   * @defaultValue false
   */
  unsafePatterns?: boolean | undefined;
}

/** Their names. */
export const SCHEMA_OPTIONS = ['coerce', 'defaults', 'clean', 'unsafePatterns'] as const;

/** @throws ConfigurationError BAD_OPTION if one of them has a value that it cannot have */
export function checkSchemaOptions(where: string, options: SchemaOptions): void {
  for (const name of SCHEMA_OPTIONS)
    checkOneOf(where, name, options[name], name === 'clean' ? ['strip', 'refuse'] : [true, false]);
}
