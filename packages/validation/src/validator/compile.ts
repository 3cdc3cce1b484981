import type { TSchema } from 'typebox';
import { Check, Compile } from 'typebox/schema';
import { withoutBytes } from './byte-guard.js';

/** What each `$ref` of a schema stands for. */
export type References = Readonly<Record<string, unknown>>;

/** The check of a schema as one function: compiled, or interpreted where code may not be generated. */
export function compile(references: References, schema: unknown): (value: unknown) => boolean {
  const context = Object.fromEntries(
    Object.entries(references).map(([reference, part]) => [reference, withoutBytes(part) as TSchema]),
  );
  const whole = withoutBytes(schema) as TSchema;
  const compiled = Compile(context, whole);
  // What Compile gives for interpretation remembers properties of data that it has seen before.
  return compiled.IsAccelerated() ? (value) => compiled.Check(value) : (value) => Check(context, whole, value);
}
