import type { Static, TSchema } from 'typebox';
import type { StandardProps, StandardSchemaV1 } from './standard-schema.js';

/** What data has to look like: a TypeBox schema, made by `Type.*` of `typebox` 1.x, or any Standard Schema. */
export type Schema = (TSchema & object) | StandardSchemaV1;

/** What may be given to a schema to check: what a sender sends. */
export type Input<S> = S extends StandardSchemaV1<infer I, unknown> ? I : S extends TSchema ? Static<S> : never;

/** What a schema gives when the check succeeds: what a receiver gets. */
export type Output<S> = S extends StandardSchemaV1<unknown, infer O> ? O : S extends TSchema ? Static<S> : never;

/** What a Standard Schema says of itself; `undefined` of anything else. Some are functions. */
export function standardOf(schema: unknown): Partial<StandardProps> | undefined {
  if ((typeof schema !== 'object' && typeof schema !== 'function') || schema === null) return undefined;
  const standard = (schema as Partial<StandardSchemaV1>)['~standard'];
  return typeof standard === 'object' && (standard as unknown) !== null ? standard : undefined;
}
