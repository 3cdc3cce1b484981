/** Adds up results and says when there were too many failures. Knows no clock: whoever has one says what time it is. */
export interface FailureTally {
  /**
   * Adds a result.
   * @param now in ms, on a clock that never goes back.
   * @returns whether that is one failure too many. Never for a success.
   */
  add(failed: boolean, now: number): boolean;
  /** Forgets everything. */
  clear(): void;
}
