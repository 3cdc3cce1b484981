import type { ValidationIssue } from '@liberzmq/core';
import { shortenExpected } from './descriptions.js';

/** What a check tells at most, whatever there is to tell. */
export const MOST_ISSUES = 20;

/** What came of a check: the value, or what is wrong with it. */
export type Checked<T> =
  { readonly value: T; readonly issues?: undefined } | { readonly issues: readonly ValidationIssue[] };

/** Data that could not be checked at all: it nests deeper than the stack, or a function of the schema's has thrown. */
export function uncheckable(error: unknown): { readonly issues: readonly ValidationIssue[] } {
  const why = reasonOf(error);
  const message = why.startsWith(STACK_OVERFLOW) ? 'is nested too deep to be checked' : `could not be checked: ${why}`;
  return { issues: [{ path: '', message: shortenExpected(message) }] };
}

/** What V8 says where the stack ends. */
const STACK_OVERFLOW = 'Maximum call stack size exceeded';

function reasonOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'what was thrown cannot be shown';
  }
}
