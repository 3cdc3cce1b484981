import { MessageError } from '../errors/error-classes.js';
import { topicPattern } from './topic-pattern.js';

/** Patterns of one subscriber: each publication on a new topic is held against all of them. */
const MOST_PATTERNS = 10_000;

/** What every inbox topic begins with. No topic of a user's does: it is not subscribed to by anybody else. */
export const INBOX_PREFIX = '\0lz.';

/** The topic on which one subscriber alone is sent something. */
export function inboxOf(subscriberId: string): string {
  return `${INBOX_PREFIX}${subscriberId}`;
}

/** How far a subscriber has read a publisher, so that it can be sent what it has missed. */
export interface ReadingPosition {
  readonly publisher: string;
  readonly epoch: number;
  /** The last sequence number of each topic. */
  readonly topics: Readonly<Record<string, number>>;
}

/** What a subscriber tells its publishers about itself, as JSON. */
export interface Announcement {
  /** Its own id, the last part of its inbox topic. */
  readonly id: string;
  /** Its exact patterns. */
  readonly patterns: readonly string[];
  /** On a new connection: where it stands. */
  readonly positions?: readonly ReadingPosition[] | undefined;
  /** Those of its patterns for which somebody new in it wants what is retained, too. */
  readonly again?: readonly string[] | undefined;
}

/** @throws MessageError PROTOCOL for anything that is no announcement */
export function readAnnouncement(body: unknown): Announcement {
  const { id, patterns, positions = [], again } = isRecord(body) ? body : {};
  if (typeof id !== 'string' || id === '') throw malformed();
  checkPatterns(patterns);
  if (again !== undefined) checkPatterns(again);
  if (!Array.isArray(positions) || !positions.every(isPosition)) throw malformed();
  return { id, patterns, positions, again };
}

/**
 * Reads the answer to an announcement: the numbers that topics had when they were subscribed to. Of a publisher that keeps no history, none.
 * @throws MessageError PROTOCOL for anything that is no answer
 */
export function readNumbers(body: unknown): Readonly<Record<string, number>> {
  if (body === undefined) return {};
  if (isNumbers(body)) return body;
  throw new MessageError('PROTOCOL', 'an answer to an announcement has the numbers of topics; this has something else');
}

function isPosition(value: unknown): value is ReadingPosition {
  if (!isRecord(value)) return false;
  const { publisher, epoch, topics } = value;
  return typeof publisher === 'string' && typeof epoch === 'number' && isNumbers(topics);
}

function isNumbers(value: unknown): value is Readonly<Record<string, number>> {
  return isRecord(value) && Object.values(value).every((each) => Number.isSafeInteger(each));
}

function checkPatterns(patterns: unknown): asserts patterns is string[] {
  if (!isStrings(patterns)) throw malformed();
  if (patterns.length > MOST_PATTERNS) {
    throw new MessageError(
      'PROTOCOL',
      `a subscriber announces ${String(patterns.length)} patterns; the limit is ${String(MOST_PATTERNS)}`,
    );
  }
  try {
    patterns.forEach(topicPattern);
  } catch {
    throw malformed();
  }
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(): MessageError {
  return new MessageError(
    'PROTOCOL',
    'an announcement has an id, patterns and maybe positions; this has something else',
  );
}
