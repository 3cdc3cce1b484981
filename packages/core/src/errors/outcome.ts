/**
 * What is known about an operation that failed, which is what a retry needs to know.
 *
 * - `'not-sent'`: it never left this process. Trying again cannot run it twice.
 * - `'unknown'`: it may have run on the other side, or may yet.
 * - `'answered'`: the other side answered, and the answer is this error.
 */
export type Outcome = 'not-sent' | 'unknown' | 'answered';
