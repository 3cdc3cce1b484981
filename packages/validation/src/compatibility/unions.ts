import type { JsonObject, JsonSchema } from '../contract/json-form.js';
import { sizeOf } from './alternatives.js';
import type { Comparison, Kind } from './comparison.js';
import { areDisjoint, haveSameTag } from './disjoint.js';
import { breaks, doubted, unsure, within, type Finding } from './finding.js';
import { own, propertiesOf, schemasIn } from './merge.js';

const NONE = 'must be like one of several alternatives, and is like none of them';
const UNSURE = 'must be like one of several alternatives, and nobody can tell whether it always is';

/** What a reader does not accept that has several alternatives, of which one must accept it; with `oneOf`, no other. */
export function compareUnion(
  comparison: Comparison,
  writer: Kind,
  alternatives: readonly JsonSchema[],
  keyword: 'anyOf' | 'oneOf',
  path: string,
): readonly Finding[] {
  const found = compareAlternatives(comparison, writer, alternatives, keyword, path);
  // What fits none may be converted to fit one.
  return comparison.adapts.coerce ? doubted(found) : found;
}

function compareAlternatives(
  comparison: Comparison,
  writer: Kind,
  alternatives: readonly JsonSchema[],
  keyword: 'anyOf' | 'oneOf',
  path: string,
): readonly Finding[] {
  const written = writer.isLiteral ? writer.keywords : { ...writer.keywords, type: writer.type };
  const size = sizeOf(written);
  const candidates = alternatives.filter((each) =>
    comparison.read(each).some(({ keywords }) => {
      comparison.spend(size + sizeOf(keywords));
      return !areDisjoint(written, keywords);
    }),
  );
  const [only] = candidates;
  if (only === undefined) {
    const meant = alternatives.filter((each) =>
      comparison.read(each).some(({ keywords }) => haveSameTag(written, keywords)),
    );
    return meant.length === 1 && meant[0] !== undefined
      ? comparison.accept(writer, meant[0], path)
      : [breaks(path, NONE)];
  }
  if (candidates.length === 1) return comparison.accept(writer, only, path);
  const findings = candidates.map((each) => comparison.accept(writer, each, path));
  if (findings.some((each) => each.length === 0)) {
    if (keyword === 'anyOf' && comparison.adapts.clean !== 'refuse') return [];
    // Data is taken for the first alternative that fits, and may have what another one has.
    const isSafe = keyword === 'anyOf' && !comparison.adapts.defaults && findings.every((each) => each.length === 0);
    return isSafe ? [] : [unsure(path, 'must be like one alternative alone, and nobody can tell whether it always is')];
  }
  return refused(comparison, writer, candidates, findings, path);
}

function refused(
  comparison: Comparison,
  writer: Kind,
  candidates: readonly JsonSchema[],
  findings: readonly (readonly Finding[])[],
  path: string,
): readonly Finding[] {
  const areCertain = findings.every((each) => each.some(({ certain }) => certain));
  if (writer.isLiteral) return [areCertain ? breaks(path, NONE) : unsure(path, UNSURE)];
  // Few values among so many do not count; what is left has to accept nearly all.
  const wide = candidates.filter((each) => !comparison.read(each).every(({ keywords }) => 'enum' in keywords));
  const [only] = wide;
  const isScalar = writer.type !== 'object' && writer.type !== 'array' && !isNarrow(writer);
  if (isScalar && only === undefined) return [breaks(path, NONE)];
  if (isScalar && wide.length === 1 && only !== undefined) return comparison.accept(writer, only, path);
  const certain = writer.type === 'object' ? projected(comparison, writer.keywords, candidates, path) : [];
  return certain.length > 0 ? certain : [unsure(path, UNSURE)];
}

/** Whether there may be so few values that an `enum` has them all. */
function isNarrow({ keywords }: Kind): boolean {
  return ['minimum', 'exclusiveMinimum', 'maxLength', 'pattern', 'format'].some((keyword) => keyword in keywords);
}

/** What no alternative accepts of a property, or misses. */
function projected(
  comparison: Comparison,
  writer: JsonObject,
  candidates: readonly JsonSchema[],
  path: string,
): readonly Finding[] {
  const ways = candidates.flatMap((each) => comparison.read(each)).map(({ keywords }) => keywords);
  for (const way of ways) comparison.spend(sizeOf(way));
  const required = new Set(requiredOf(writer));
  const [first = [], ...others] = ways.map((way) =>
    requiredOf(way).filter((name) => comparison.fillsIn(own(propertiesOf(way), name)) === false),
  );
  const sets = others.map((names) => new Set(names));
  comparison.spend(first.length * sets.length);
  const missing = first
    .filter((name) => !required.has(name) && sets.every((names) => names.has(name)))
    .map((name) => breaks(within(path, name), 'must be there, but may be missing'));
  const wrong = Object.entries(propertiesOf(writer)).flatMap(([name, schema]) => {
    const all = ways.map((way) => own(propertiesOf(way), name) ?? true);
    comparison.spend(all.length);
    if (all.includes(true)) return [];
    return comparison.compare(schema, { anyOf: all }, within(path, name)).filter(({ certain }) => certain);
  });
  return [...missing, ...wrong];
}

function requiredOf(schema: JsonObject): readonly string[] {
  return (schema['required'] ?? []) as readonly string[];
}

/** What a reader does not accept that says what data must not be, or what it must be if it is something else. */
export function compareConditions(
  comparison: Comparison,
  writer: Kind,
  reader: JsonObject,
  path: string,
): readonly Finding[] {
  const found: Finding[] = [];
  const { not, if: condition, then = true, else: otherwise = true } = reader as Readonly<Record<string, JsonSchema>>;
  if (not !== undefined && !comparison.isSame(writer.keywords, reader, ['not'])) {
    found.push(...compareNot(comparison, writer, not, path));
  }
  if (condition !== undefined && !comparison.isSame(writer.keywords, reader, ['if', 'then', 'else'])) {
    const either = [then, otherwise].flatMap((each) => comparison.accept(writer, each, path));
    found.push(...doubted(either));
  }
  return found;
}

function compareNot(comparison: Comparison, writer: Kind, not: JsonSchema, path: string): readonly Finding[] {
  const written = writer.isLiteral ? writer.keywords : { ...writer.keywords, type: writer.type };
  const ways = comparison.read(not);
  if (ways.every(({ keywords }) => areDisjoint(written, keywords))) return [];
  const isAll = comparison.accept(writer, not, path).length === 0;
  if (isAll) return [breaks(path, 'must not be there')];
  return [unsure(path, 'must not be of some kind, and nobody can tell whether it is')];
}

/** The alternatives of a keyword. */
export function alternativesOf(reader: JsonObject, keyword: 'anyOf' | 'oneOf'): readonly JsonSchema[] | undefined {
  return reader[keyword] === undefined ? undefined : schemasIn(reader[keyword]);
}
