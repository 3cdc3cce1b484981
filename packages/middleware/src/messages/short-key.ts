import { createHash } from 'node:crypto';

/** Longer keys are kept as their hash: who makes them, such as of whole bodies, is not to say how much memory they take. */
const LONGEST = 256;

/**
 * A key that takes little memory, however long the text is.
 * @param json an array as JSON: no hash looks like it, and it is well-formed Unicode, so that two of them are not the same bytes
 */
export function shortKey(json: string): string {
  return json.length <= LONGEST ? json : createHash('sha256').update(json).digest('base64url');
}
