import type { JsonObject } from '../contract/json-form.js';
import type { Kind } from './comparison.js';
import { breaks, unsure, type Finding } from './finding.js';

/** One end of a range: the number, and whether it is left out. */
interface End {
  readonly at: number;
  readonly open: boolean;
}

/** What a reader of numbers does not accept. */
export function compareNumbers(writer: Kind, reader: JsonObject, path: string): Finding[] {
  const { keywords, type } = writer;
  const [low, high] = [lowEnd(keywords, type), highEnd(keywords, type)];
  const [least, most] = [lowEnd(reader, type), highEnd(reader, type)];
  const found: Finding[] = [];
  // A multiple may be the last one well within the range.
  const report = keywords['multipleOf'] === undefined ? breaks : unsure;
  if (least.at > low.at || (least.at === low.at && least.open && !low.open && Number.isFinite(low.at))) {
    found.push(report(path, `must be ${least.open ? '>' : '>='} ${String(least.at)}, but may be ${below(low)}`));
  }
  if (most.at < high.at || (most.at === high.at && most.open && !high.open && Number.isFinite(high.at))) {
    found.push(report(path, `must be ${most.open ? '<' : '<='} ${String(most.at)}, but may be ${above(high)}`));
  }
  const multiple = reader['multipleOf'] as number | undefined;
  if (multiple !== undefined) found.push(...compareMultiples(writer, multiple, path));
  return found;
}

function compareMultiples({ keywords, type, isLiteral }: Kind, multiple: number, path: string): Finding[] {
  const value = (keywords['enum'] as readonly unknown[] | undefined)?.[0] as number;
  const own = isLiteral
    ? value
    : ((keywords['multipleOf'] as number | undefined) ?? (type === 'integer' ? 1 : undefined));
  const message = `must be a multiple of ${String(multiple)}, but may be another number`;
  if (own === undefined) return [breaks(path, message)];
  if (own === multiple || (Number.isInteger(own) && (multiple === 1 || own % multiple === 0))) return [];
  // How fractions are rounded differs between those who check.
  if (!Number.isInteger(own) || !Number.isInteger(multiple)) return [unsure(path, message)];
  const isWide = isLiteral || !('maximum' in keywords || 'exclusiveMaximum' in keywords);
  return [isWide ? breaks(path, message) : unsure(path, message)];
}

function lowEnd(keywords: JsonObject, type: string): End {
  const { minimum = -Infinity, exclusiveMinimum = -Infinity } = keywords as Record<string, number>;
  if (type !== 'integer')
    return exclusiveMinimum >= minimum ? { at: exclusiveMinimum, open: true } : { at: minimum, open: false };
  return { at: Math.max(Math.ceil(minimum), Math.floor(exclusiveMinimum) + 1), open: false };
}

function highEnd(keywords: JsonObject, type: string): End {
  const { maximum = Infinity, exclusiveMaximum = Infinity } = keywords as Record<string, number>;
  if (type !== 'integer')
    return exclusiveMaximum <= maximum ? { at: exclusiveMaximum, open: true } : { at: maximum, open: false };
  return { at: Math.min(Math.floor(maximum), Math.ceil(exclusiveMaximum) - 1), open: false };
}

function below({ at, open }: End): string {
  return Number.isFinite(at) ? `as low as ${String(at)}${open ? ' (left out)' : ''}` : 'any lower number';
}

function above({ at, open }: End): string {
  return Number.isFinite(at) ? `as high as ${String(at)}${open ? ' (left out)' : ''}` : 'any higher number';
}
