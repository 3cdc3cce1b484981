import { writeFileSync } from 'node:fs';

/** @typedef {import('@jest/reporters').AggregatedResult} Results */

/** Ends the run with its counts in one line, and writes the same line to the file that LIBERZMQ_TEST_SUMMARY names. */
export default class CountReporter {
  /** @type {string | undefined} */
  #line;

  constructor() {
    // Jest appends its own summary after every reporter of the configuration; only the exit comes later.
    process.once('exit', () => {
      if (this.#line !== undefined) process.stdout.write(`${this.#line}\n`);
    });
  }

  /**
   * @param {ReadonlySet<unknown>} _contexts
   * @param {Results} results
   */
  onRunComplete(_contexts, results) {
    this.#line = countLine(results);
    const file = process.env.LIBERZMQ_TEST_SUMMARY;
    if (file) writeFileSync(file, `${this.#line}\n`);
  }
}

/**
 * A file that could not run at all has no tests to count, and counts as one failure.
 *
 * @param {Results} results
 */
function countLine({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests }) {
  const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
  return `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed${skipped}`;
}
