import type { Operation, OperationKind } from '@liberzmq/core';
import type { BoundedNames } from '../bounded-names.js';
import { isMadeUp } from '../made-up.js';
import { codeOf, OperationTally } from './operation-tally.js';

/** Under this name goes whatever gets no name of its own. */
export const OTHER = '_other';

/** For {@link OperationTallies}. */
export interface OperationTalliesOptions {
  readonly subjects: BoundedNames;
  readonly codes: BoundedNames;
  readonly buckets: readonly number[];
}

/** The kinds that take time. Of a dealer and a router there are none. */
const TIMED: ReadonlySet<OperationKind> = new Set(['request', 'handle', 'process']);

/**
 * Counts operations. It is called for every message, so it keeps its own figures and looks them up by the strings as they come: prom-client, which makes
 * a key of all labels for each call, sees them at a scrape only.
 */
export class OperationTallies {
  readonly #options: OperationTalliesOptions;
  /** By kind, pattern, and subject as it comes. */
  readonly #known = new Map<string, Map<string, Map<string, OperationTally>>>();
  readonly #all: OperationTally[] = [];

  constructor(options: OperationTalliesOptions) {
    this.#options = options;
  }

  /** An operation is over. */
  count(operation: Operation): void {
    const { kind, pattern, subject, durationMs = 0, error } = operation;
    const code = codeOf(kind, error);
    const tally = this.#known.get(kind)?.get(pattern)?.get(subject) ?? this.#find(operation);
    tally.count(error === undefined ? code : this.#options.codes.admit(code), durationMs);
  }

  all(): readonly OperationTally[] {
    return this.#all;
  }

  /** The tally that a subject belongs to which is not known by itself, or not yet. */
  #find(operation: Operation): OperationTally {
    const { kind, pattern } = operation;
    const label = this.#labelOf(operation);
    const tallies = this.#talliesOf(kind, pattern);
    const known = tallies.get(label);
    if (known !== undefined) return known;
    const tally = new OperationTally(
      { kind, pattern, subject: label },
      TIMED.has(kind) ? this.#options.buckets : undefined,
    );
    tallies.set(label, tally);
    this.#all.push(tally);
    return tally;
  }

  #labelOf(operation: Operation): string {
    const { pattern, subject } = operation;
    // The subjects of a dealer and a router are ids: each is another one.
    if (pattern === 'route') return '';
    // Whoever calls `pushTask(undefined)` is told so after the operation was counted.
    if (typeof subject !== 'string') return OTHER;
    const { subjects } = this.#options;
    return isMadeUp(operation) && !subjects.has(subject) ? OTHER : subjects.admit(subject);
  }

  #talliesOf(kind: string, pattern: string): Map<string, OperationTally> {
    const byPattern = this.#known.get(kind) ?? new Map<string, Map<string, OperationTally>>();
    this.#known.set(kind, byPattern);
    const bySubject = byPattern.get(pattern) ?? new Map<string, OperationTally>();
    byPattern.set(pattern, bySubject);
    return bySubject;
  }
}
