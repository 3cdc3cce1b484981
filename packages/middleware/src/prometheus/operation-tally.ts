import { LiberZMQError, type OperationKind } from '@liberzmq/core';
import { DurationTally } from './duration-tally.js';

/** What the series of an operation are told apart by. */
export interface OperationLabels {
  readonly kind: string;
  readonly pattern: string;
  readonly subject: string;
}

/** How often operations of one kind, pattern and subject have ended, by their codes, and what they took. */
export class OperationTally {
  readonly labels: OperationLabels;
  /** What they took; `undefined` of kinds that are over as soon as they have begun. */
  readonly durations: DurationTally | undefined;
  readonly #failures = new Map<string, number>();
  #successes = 0;

  constructor(labels: OperationLabels, buckets: readonly number[] | undefined) {
    this.labels = labels;
    this.durations = buckets && new DurationTally(buckets);
  }

  count(code: string, durationMs: number): void {
    if (code === 'ok') this.#successes += 1;
    else this.#failures.set(code, (this.#failures.get(code) ?? 0) + 1);
    this.durations?.observe(durationMs / 1_000);
  }

  /** The codes, and how often each was. */
  counts(): [code: string, count: number][] {
    const failures = [...this.#failures];
    return this.#successes > 0 ? [['ok', this.#successes], ...failures] : failures;
  }
}

/** The code that an operation ended with, as `stats().errors` has it too. An error that is not one of ours is `REMOTE` where a client is told of it. */
export function codeOf(kind: OperationKind, error: unknown): string {
  if (error === undefined) return 'ok';
  if (error instanceof LiberZMQError) return error.code;
  return kind === 'handle' ? 'REMOTE' : 'HANDLER';
}
