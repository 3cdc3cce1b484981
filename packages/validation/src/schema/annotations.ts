import { KEYWORDS } from './keywords.js';

/** Keywords that say something to people and tools, and nothing to a check. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  '$comment',
  '$schema',
  'const',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
  'default',
  'deprecated',
  'description',
  'discriminator',
  'example',
  'examples',
  'externalDocs',
  'readOnly',
  'title',
  'writeOnly',
  'xml',
]);

/** Keywords of JSON Schema that point to a place that is known only while data is checked. */
const DYNAMIC: ReadonlySet<string> = new Set(['$dynamicRef', '$dynamicAnchor', '$recursiveRef', '$recursiveAnchor']);

const KNOWN_IN_LOWER_CASE: ReadonlyMap<string, string> = new Map(
  Object.keys(KEYWORDS).map((keyword) => [keyword.toLowerCase(), keyword]),
);

/**
 * Says why a schema must not have a keyword, or `undefined` if it may. One that nobody knows would check nothing.
 * @param isTypeBox whether `Type.*` has made the schema, which may then have keywords of its own.
 */
export function unknownKeywordFault(keyword: string, isTypeBox: boolean): string | undefined {
  if (Object.hasOwn(KEYWORDS, keyword) || ANNOTATIONS.has(keyword)) return undefined;
  if (DYNAMIC.has(keyword)) return `${keyword} is not supported; use $ref`;
  const meant = KNOWN_IN_LOWER_CASE.get(keyword.toLowerCase());
  if (meant !== undefined) return `there is no keyword '${keyword}'; it is written '${meant}'`;
  if (isTypeBox || keyword.startsWith('x-') || keyword.startsWith('~')) return undefined;
  return `there is no keyword '${keyword}'; an object with a property of that name is Type.Object({ ${keyword}: ... })`;
}
