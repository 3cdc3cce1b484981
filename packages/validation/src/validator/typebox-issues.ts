import type { ValidationIssue } from '@liberzmq/core';
import type { TLocalizedValidationError } from 'typebox/error';
import { describeReceived, keysOf, NOTHING, pointerOf, shortenExpected, shortenPath, valueAt } from './descriptions.js';
import { choice, describeSchema, literal, schemaAt } from './expectations.js';
import { MOST_ISSUES } from './checked.js';

const UNION = /^(.*?\/(?:anyOf|oneOf))\/\d+/;

/** What TypeBox has found wrong, for people: one issue for each place, and one for a union of simple things. */
export function issuesFrom(
  schema: unknown,
  value: unknown,
  errors: readonly TLocalizedValidationError[],
): ValidationIssue[] {
  const unions = new Map<string, Union>();
  for (const error of errors) noteUnion(unions, error);
  const issues: ValidationIssue[] = [];
  const told = new Set<string>();
  const add = (issue: ValidationIssue): void => {
    const key = `${issue.path} ${issue.message}`;
    if (told.has(key) || issues.length >= MOST_ISSUES) return;
    told.add(key);
    issues.push(issue);
  };
  for (const error of errors) {
    const union = unions.get(unionOf(error) ?? '');
    if (union?.isSimple === true) add(unionIssue(schema, value, union));
    else if (!isSummary(error, unions)) for (const issue of issuesOf(schema, value, error)) add(issue);
  }
  return issues;
}

/** Alternatives none of which fits, by where they stand in the schema and in the data. */
interface Union {
  readonly schemaPath: string;
  readonly instancePath: string;
  /** Nothing is wrong inside: it is the value itself that is none of them. */
  isSimple: boolean;
}

/** Of which union an error is part: as one of its alternatives, or as the whole. */
function unionOf({ keyword, schemaPath }: TLocalizedValidationError): string | undefined {
  const alternatives = UNION.exec(schemaPath)?.[1];
  if (alternatives !== undefined) return alternatives;
  return keyword === 'anyOf' || keyword === 'oneOf' ? `${schemaPath}/${keyword}` : undefined;
}

function noteUnion(unions: Map<string, Union>, error: TLocalizedValidationError): void {
  const schemaPath = unionOf(error);
  if (schemaPath === undefined) return;
  const { instancePath, keyword } = error;
  const union = unions.get(schemaPath) ?? { schemaPath, instancePath, isSimple: true };
  const isOfValue = ['const', 'enum', 'type', 'anyOf', 'oneOf'].includes(keyword);
  if (instancePath !== union.instancePath || !isOfValue) union.isSimple = false;
  // More than one fits, where only one may.
  if (keyword === 'oneOf' && error.params.passingSchemas.length > 0) union.isSimple = false;
  unions.set(schemaPath, union);
}

/** Whether it only says that no alternative fits, where other errors say why. */
function isSummary(error: TLocalizedValidationError, unions: ReadonlyMap<string, Union>): boolean {
  return error.keyword === 'anyOf' && unions.get(unionOf(error) ?? '')?.isSimple === false;
}

function unionIssue(schema: unknown, value: unknown, { schemaPath, instancePath }: Union): ValidationIssue {
  const wanted = describeSchema(schemaAt(schema, schemaPath.replace(/\/(?:anyOf|oneOf)$/, '')));
  const message = wanted === undefined ? 'must match one of the alternatives' : `must be ${wanted}`;
  return issueAt(value, instancePath, message, wanted);
}

function issuesOf(schema: unknown, value: unknown, error: TLocalizedValidationError): ValidationIssue[] {
  const { instancePath, schemaPath, message } = error;
  switch (error.keyword) {
    case 'required':
      return error.params.requiredProperties.slice(0, MOST_ISSUES).map((name) => ({
        path: shortenPath(instancePath + pointerOf([name])),
        message: 'is missing',
        ...withExpected(describeSchema(schemaAt(schema, `${schemaPath}${pointerOf(['properties', name])}`))),
        received: NOTHING,
      }));
    case 'additionalProperties':
      return error.params.additionalProperties
        .slice(0, MOST_ISSUES)
        .map((name) => unknownProperty(value, [...keysOf(instancePath), name]));
    case 'boolean':
      return schemaPath.endsWith('/additionalProperties')
        ? [unknownProperty(value, keysOf(instancePath))]
        : [issueAt(value, instancePath, 'must not be there', NOTHING)];
    case 'type':
      return [issueAt(value, instancePath, message, [error.params.type].flat().join(' or '))];
    case 'const': {
      const wanted = literal(error.params.allowedValue);
      return [issueAt(value, instancePath, `must be ${shortenExpected(wanted)}`, wanted)];
    }
    case 'enum': {
      const wanted = choice(error.params.allowedValues);
      return [issueAt(value, instancePath, `must be ${shortenExpected(wanted)}`, wanted)];
    }
    case 'format':
      return [issueAt(value, instancePath, message, error.params.format)];
    default:
      return [issueAt(value, instancePath, message, describeSchema(schemaAt(schema, schemaPath)))];
  }
}

/** A property that the schema does not know. */
export function unknownProperty(value: unknown, keys: readonly string[]): ValidationIssue {
  return {
    path: pointerOf(keys),
    message: 'is not a known property',
    expected: NOTHING,
    received: describeReceived(valueAt(value, keys).value),
  };
}

function issueAt(value: unknown, path: string, message: string, expected: string | undefined): ValidationIssue {
  const { found, value: received } = valueAt(value, keysOf(path));
  return {
    path: shortenPath(path),
    message: shortenExpected(message),
    ...withExpected(expected),
    received: found ? describeReceived(received) : NOTHING,
  };
}

function withExpected(expected: string | undefined): { expected?: string } {
  return expected === undefined ? {} : { expected: shortenExpected(expected) };
}
