import { createHash } from 'node:crypto';
import { canonicalSchema } from './canonical.js';
import { ADAPTS, type JsonSchema } from './json-form.js';

/** 128 bits: two contracts that differ do not have the same by chance. */
const DIGITS = 32;

/** What of a contract crosses the wire. */
export interface Fingerprinted {
  readonly actions: Readonly<
    Record<
      string,
      { readonly request: JsonSchema | null; readonly response: JsonSchema | null; readonly idempotent: boolean }
    >
  >;
  readonly topics: Readonly<Record<string, { readonly message: JsonSchema }>>;
  readonly tasks: Readonly<Record<string, { readonly data: JsonSchema }>>;
}

/** The first 32 hexadecimal digits of the SHA-256 of what a contract says, whatever the order in which it is written. */
export function digestOf({ actions, topics, tasks }: Fingerprinted): string {
  const text = record({
    actions: record(
      mapped(actions, ({ request, response, idempotent }) =>
        record({ idempotent: String(idempotent), request: schemaText(request), response: schemaText(response) }),
      ),
    ),
    tasks: record(mapped(tasks, ({ data }) => schemaText(data))),
    topics: record(mapped(topics, ({ message }) => schemaText(message))),
  });
  return createHash('sha256').update(text).digest('hex').slice(0, DIGITS);
}

function schemaText(schema: JsonSchema | null): string {
  return schema === null ? 'null' : canonicalSchema(schema, fillsDefaults(schema));
}

/** Whether data is filled in from `default` in the schema. */
function fillsDefaults(schema: JsonSchema): boolean {
  if (typeof schema === 'boolean') return false;
  return (schema[ADAPTS] as { readonly defaults?: unknown } | undefined)?.defaults === true;
}

function mapped<T>(entries: Readonly<Record<string, T>>, text: (entry: T) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, text(entry)]));
}

function record(texts: Readonly<Record<string, string>>): string {
  const names = Object.keys(texts).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${texts[name] ?? ''}`).join(',')}}`;
}
