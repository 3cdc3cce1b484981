import type { MessageHeaders } from '../../contract/message.js';
import { SerializationError } from '../../errors/error-classes.js';
import { describe } from '../../options/check-options.js';
import { LIMITS } from './format.js';
import type { RecordFacts } from './packet-writer.js';

/** UTF-8 takes three bytes at most for each unit of a string. */
const MOST_BYTES_A_UNIT = 3;

/**
 * Checks what a receiver would refuse, and the whole packet with it.
 * @returns no less than the bytes of what was checked
 * @throws SerializationError TOO_LARGE, ENCODE
 */
export function checkRecordLimits({
  subject,
  textId,
  headers,
  topic,
}: RecordFacts & { readonly topic?: string | undefined }): number {
  let bytes = 0;
  if (subject !== undefined) bytes += checkText('the action, topic or type', subject, LIMITS.subjectBytes);
  if (topic !== undefined) bytes += checkText('the topic', topic, LIMITS.subjectBytes);
  if (textId !== undefined) bytes += checkText("the task's id", textId, LIMITS.subjectBytes);
  return headers === undefined ? bytes : bytes + checkHeaders(headers);
}

function checkHeaders(headers: MessageHeaders): number {
  let count = 0;
  let bytes = 0;
  for (const key in headers) {
    const value: unknown = headers[key];
    if (typeof value !== 'string') {
      throw new SerializationError('ENCODE', `the header '${key}' must be a string, not ${describe(value)}`);
    }
    count += 1;
    bytes += checkText('the key of a header', key, LIMITS.subjectBytes);
    bytes += Buffer.byteLength(value);
  }
  if (count > LIMITS.headers) throw tooLarge(`there are ${String(count)} headers`, LIMITS.headers);
  if (bytes > LIMITS.headerBytes) throw tooLarge(`the headers have ${String(bytes)} bytes`, LIMITS.headerBytes);
  return bytes;
}

function checkText(what: string, text: string, limit: number): number {
  const most = text.length * MOST_BYTES_A_UNIT;
  if (most <= limit) return most;
  const bytes = Buffer.byteLength(text);
  if (bytes > limit) throw tooLarge(`${what} has ${String(bytes)} bytes`, limit);
  return bytes;
}

function tooLarge(what: string, limit: number): SerializationError {
  return new SerializationError('TOO_LARGE', `${what}; the limit is ${String(limit)}`);
}
