import { KEYWORDS } from '../schema/keywords.js';
import { jsonText, type JsonObject, type JsonSchema } from './json-form.js';

/** What is said to readers alone. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  'title',
  'description',
  '$comment',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]);
const OUR_MARK = 'x-liberzmq-';
const UNORDERED: ReadonlySet<string> = new Set(['anyOf', 'allOf', 'oneOf']);

/**
 * A schema as text: the same for two that say the same in another order or to other readers.
 * @param hasDefaults whether `default` has a meaning: data is filled in from it.
 * @param child writes a schema within it.
 */
export function canonicalSchema(
  schema: JsonSchema,
  hasDefaults: boolean,
  child: (schema: JsonSchema) => string = (each) => canonicalSchema(each, hasDefaults),
): string {
  if (typeof schema === 'boolean') return schema ? '{}' : '{"not":{}}';
  const written = Object.keys(schema)
    .filter((keyword) => counts(schema, keyword, hasDefaults))
    .sort()
    .map((keyword) => `${JSON.stringify(keyword)}:${keywordText(keyword, schema[keyword], child)}`);
  return `{${written.join(',')}}`;
}

function counts(schema: JsonObject, keyword: string, hasDefaults: boolean): boolean {
  if (keyword === 'default') return hasDefaults;
  if (keyword === 'required') return (schema[keyword] as readonly unknown[]).length > 0;
  return !isAnnotation(keyword);
}

/** Whether a keyword is for readers alone. `default` may be more than that. */
export function isAnnotation(keyword: string): boolean {
  return ANNOTATIONS.has(keyword) || (keyword.startsWith('x-') && !keyword.startsWith(OUR_MARK));
}

function keywordText(keyword: string, value: unknown, child: (schema: JsonSchema) => string): string {
  switch (Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined) {
    case 'schemas':
    case 'schema':
    case 'schema or schemas': {
      if (!Array.isArray(value)) return child(value as JsonSchema);
      const texts = value.map((each) => child(each as JsonSchema));
      return `[${(UNORDERED.has(keyword) ? texts.sort() : texts).join(',')}]`;
    }
    case 'record of schemas':
    case 'record of names or schemas': {
      const schemas = value as Readonly<Record<string, JsonSchema>>;
      const names = Object.keys(schemas).sort();
      return `{${names.map((name) => `${JSON.stringify(name)}:${child(schemas[name] ?? false)}`).join(',')}}`;
    }
    case 'names':
    case 'values':
      return setText(value as readonly unknown[]);
    case 'record of names': {
      const names = value as Readonly<Record<string, readonly string[]>>;
      const keys = Object.keys(names).sort();
      return `{${keys.map((key) => `${JSON.stringify(key)}:${setText(names[key] ?? [])}`).join(',')}}`;
    }
    case 'type':
      return Array.isArray(value) && value.length > 1
        ? setText(value)
        : jsonText(Array.isArray(value) ? value[0] : value);
    default:
      return jsonText(value);
  }
}

function setText(values: readonly unknown[]): string {
  return `[${[...new Set(values.map(jsonText))].sort().join(',')}]`;
}
