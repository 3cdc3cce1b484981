import { isRecord } from '../schema/keywords.js';
import { shortenExpected } from './descriptions.js';

const MOST_CHOICES = 10;

/** What a part of a schema wants, in a few words; `undefined` where that would say nothing. */
export function describeSchema(schema: unknown): string | undefined {
  const text = isRecord(schema) ? textOf(schema) : undefined;
  return text === undefined ? undefined : shortenExpected(text);
}

/** What alternatives want; `undefined` if there is one that cannot be said in a few words. */
export function describeAlternatives(alternatives: readonly unknown[]): string | undefined {
  const texts = new Set<string>();
  for (const each of alternatives) {
    const text = describeSchema(each);
    if (text === undefined) return undefined;
    texts.add(text);
  }
  return choice([...texts]);
}

function textOf(schema: Record<string, unknown>): string | undefined {
  const { type, format } = schema;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if ('const' in schema) return literal(schema.const);
  if (Array.isArray(schema.enum)) return choice(schema.enum.slice(0, MOST_CHOICES + 1).map(literal));
  if (Array.isArray(alternatives)) return describeAlternatives(alternatives);
  if (typeof format === 'string') return format;
  return Array.isArray(type) ? type.join(' or ') : typeof type === 'string' ? type : undefined;
}

/** A value that a schema names, as one would write it. */
function literal(value: unknown): string {
  if (typeof value === 'bigint') return `${String(value)}n`;
  return value === undefined ? 'undefined' : JSON.stringify(value);
}

/** One of several, as one would write them. */
function choice(texts: readonly string[]): string {
  const shown = texts.slice(0, MOST_CHOICES);
  if (texts.length > MOST_CHOICES) shown.push('...');
  return shown.join(' or ');
}
