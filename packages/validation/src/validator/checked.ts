import type { ValidationIssue } from '@liberzmq/core';

/** What a check tells at most, whatever there is to tell. */
export const MOST_ISSUES = 20;

/** What came of a check: the value, or what is wrong with it. */
export type Checked<T> =
  { readonly value: T; readonly issues?: undefined } | { readonly issues: readonly ValidationIssue[] };

/** Data that could not be checked at all: it nests deeper than the stack, or a function of the schema's has thrown. */
export function uncheckable(error: unknown): { readonly issues: readonly ValidationIssue[] } {
  const isTooDeep = error instanceof Error && error.name === 'RangeError';
  const why = error instanceof Error ? error.message : String(error);
  const message = isTooDeep ? 'is nested too deep to be checked' : `could not be checked: ${why}`;
  return { issues: [{ path: '', message }] };
}
