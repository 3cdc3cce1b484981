import type { ValidationIssue } from '@liberzmq/core';
import { MOST_ISSUES } from './checked.js';

/** So often the same may be found again, as alternatives within alternatives do, before the search ends. */
const MOST_FOUND = 5 * MOST_ISSUES;

/** The issues of one value, each told once. */
export class IssueList {
  readonly issues: ValidationIssue[] = [];
  readonly #told = new Set<string>();
  #found = 0;

  /** How many were found, told or not. */
  get found(): number {
    return this.#found;
  }

  /** Whether there is no use in looking for more. */
  get isFull(): boolean {
    return this.issues.length >= MOST_ISSUES || this.#found >= MOST_FOUND;
  }

  add(issue: ValidationIssue): void {
    this.#found += 1;
    const key = `${issue.path} ${issue.message}`;
    if (this.#told.has(key) || this.issues.length >= MOST_ISSUES) return;
    this.#told.add(key);
    this.issues.push(issue);
  }
}
