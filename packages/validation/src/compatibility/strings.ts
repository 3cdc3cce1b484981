import Format from 'typebox/format';
import type { JsonObject } from '../contract/json-form.js';
import type { Comparison, Kind } from './comparison.js';
import { breaks, unsure, type Finding } from './finding.js';

/** Texts that most patterns and formats refuse some of. */
const SAMPLES = ['a', 'A', '0', ' ', '-', '.', '\u0000'];
const LONGEST_SAMPLE = 1_000;

/** What a reader of strings does not accept. */
export function compareStrings(comparison: Comparison, writer: Kind, reader: JsonObject, path: string): Finding[] {
  const { keywords, isLiteral } = writer;
  const found: Finding[] = [];
  const least = (keywords['minLength'] as number | undefined) ?? 0;
  const most = (keywords['maxLength'] as number | undefined) ?? Infinity;
  const { minLength = 0, maxLength = Infinity } = reader as Record<string, number>;
  // They may see to the length themselves.
  const report = isLiteral || !isShaped(keywords) ? breaks : unsure;
  if (minLength > least) {
    found.push(report(path, `must not have fewer than ${String(minLength)} characters, but may have ${String(least)}`));
  }
  if (maxLength < most) {
    const many = most === Infinity ? 'any number' : String(most);
    found.push(report(path, `must not have more than ${String(maxLength)} characters, but may have ${many}`));
  }
  const { pattern, format } = reader as Readonly<Record<string, string | undefined>>;
  if (pattern !== undefined && pattern !== keywords['pattern']) {
    const message = `must match the pattern ${pattern}`;
    found.push(...compareShape(writer, path, message, (text) => comparison.matches(pattern, text)));
  }
  if (format !== undefined && format !== keywords['format']) {
    const known = Format.Has(format);
    const matches = (text: string): boolean | undefined => (known ? Format.Test(format, text) : undefined);
    found.push(...compareShape(writer, path, `must be of the format ${format}`, matches));
  }
  return found;
}

function compareShape(
  { keywords, isLiteral }: Kind,
  path: string,
  rule: string,
  matches: (text: string) => boolean | undefined,
): Finding[] {
  const [value] = (keywords['enum'] ?? []) as readonly string[];
  if (isLiteral && value !== undefined) {
    const matched = matches(value);
    if (matched === true) return [];
    const message = `${rule}, but may be ${JSON.stringify(value)}`;
    return [matched === false ? breaks(path, message) : unsure(path, message)];
  }
  if (isShaped(keywords)) return [unsure(path, `${rule}, but is of another pattern or format`)];
  const message = `${rule}, but may be any text`;
  const least = (keywords['minLength'] as number | undefined) ?? 0;
  if (least > LONGEST_SAMPLE || keywords['maxLength'] === 0) return [unsure(path, message)];
  const isRefused = SAMPLES.some((sample) => matches(sample.repeat(Math.max(least, 1))) === false);
  return [isRefused ? breaks(path, message) : unsure(path, message)];
}

function isShaped(keywords: JsonObject): boolean {
  return keywords['pattern'] !== undefined || keywords['format'] !== undefined;
}
