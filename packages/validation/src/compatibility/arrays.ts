import type { JsonObject, JsonSchema } from '../contract/json-form.js';
import type { Comparison, Kind } from './comparison.js';
import { breaks, unsure, within, type Finding } from './finding.js';
import { schemasIn } from './merge.js';

/** What a reader of arrays does not accept. */
export function compareArrays(comparison: Comparison, writer: Kind, reader: JsonObject, path: string): Finding[] {
  const { keywords } = writer;
  const found: Finding[] = [];
  const [prefix, readerPrefix] = [schemasIn(keywords['prefixItems']), schemasIn(reader['prefixItems'])];
  const rest = (keywords['items'] ?? true) as JsonSchema;
  const readerRest = (reader['items'] ?? true) as JsonSchema;
  const least = (keywords['minItems'] as number | undefined) ?? 0;
  const most = mostItems(comparison, keywords, prefix, rest);
  const { minItems = 0, maxItems = Infinity } = reader as Record<string, number>;
  if (minItems > least) {
    found.push(breaks(path, `must not have fewer than ${String(minItems)} items, but may have ${String(least)}`));
  }
  if (maxItems < most) {
    const many = most === Infinity ? 'any number' : String(most);
    found.push(breaks(path, `must not have more than ${String(maxItems)} items, but may have ${many}`));
  }
  const length = Math.min(Math.max(prefix.length, readerPrefix.length), most);
  comparison.spend(length);
  for (let at = 0; at < length; at += 1) {
    found.push(...comparison.compare(prefix[at] ?? rest, readerPrefix[at] ?? readerRest, within(path, String(at))));
  }
  if (most > length) found.push(...comparison.compare(rest, readerRest, within(path, '*')));
  if (reader['uniqueItems'] === true && keywords['uniqueItems'] !== true && most > 1) {
    const report = writer.isLiteral ? unsure : breaks;
    found.push(report(path, 'must not have the same item twice, but may'));
  }
  const contains = ['contains', 'minContains', 'maxContains'];
  if (reader['contains'] !== undefined && !comparison.isSame(keywords, reader, contains)) {
    found.push(unsure(path, 'must contain certain items, and nobody can tell whether it does'));
  }
  if (reader['unevaluatedItems'] !== undefined) {
    found.push(unsure(path, 'must have no other items, and nobody can tell whether it has'));
  }
  return found;
}

/** No item can stand where none is allowed. */
function mostItems(
  comparison: Comparison,
  { maxItems = Infinity }: JsonObject,
  prefix: readonly JsonSchema[],
  rest: JsonSchema,
): number {
  const firstForbidden = prefix.findIndex((schema) => comparison.written(schema).length === 0);
  if (firstForbidden !== -1) return Math.min(maxItems as number, firstForbidden);
  return comparison.written(rest).length === 0 ? Math.min(maxItems as number, prefix.length) : (maxItems as number);
}
