import type { ValidationIssue } from '@liberzmq/core';
import type { StandardIssue, StandardProps, StandardResult } from '../schema/standard-schema.js';
import { MOST_ISSUES, uncheckable, type Checked } from './checked.js';
import { describeReceived, NOTHING, pointerOf, shortenExpected, valueAt } from './descriptions.js';

/** A check by whatever library a Standard Schema is of. */
export class StandardCheck {
  readonly #standard: StandardProps;

  constructor(standard: StandardProps) {
    this.#standard = standard;
  }

  check(value: unknown): Checked<unknown> | Promise<Checked<unknown>> {
    try {
      const result = this.#standard.validate(value);
      if (!('then' in result)) return checkedFrom(value, result);
      return Promise.resolve(result)
        .then((settled) => checkedFrom(value, settled))
        .catch(uncheckable);
    } catch (error) {
      return uncheckable(error);
    }
  }
}

function checkedFrom(value: unknown, result: StandardResult<unknown>): Checked<unknown> {
  if (result.issues === undefined) return { value: result.value };
  const issues = result.issues.slice(0, MOST_ISSUES).map((issue) => issueFrom(value, issue));
  return { issues: issues.length > 0 ? issues : [{ path: '', message: 'does not match the schema' }] };
}

function issueFrom(value: unknown, issue: StandardIssue): ValidationIssue {
  const keys = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
  const { found, value: received } = valueAt(value, keys);
  // Not part of the specification, but zod, valibot and arktype say it.
  const { expected } = issue as { readonly expected?: unknown };
  return {
    path: pointerOf(keys),
    message: shortenExpected(issue.message),
    ...(typeof expected === 'string' ? { expected: shortenExpected(expected) } : {}),
    received: found ? describeReceived(received) : NOTHING,
  };
}
