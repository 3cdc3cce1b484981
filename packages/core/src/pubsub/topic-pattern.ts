import { badOption } from '../options/check-options.js';

/** A pattern that topics are matched against. */
export interface TopicPattern {
  /** As it was given. */
  readonly text: string;
  /** What every matching topic starts with: what is subscribed on the wire. */
  readonly prefix: string;
  matches(topic: string): boolean;
}

/** The pattern that stands for all topics. */
export const ALL = '>';

/**
 * Reads a topic pattern. A topic matches exactly; `*` stands for one part between dots, `>` at the end for the rest, one part or more.
 * `>` alone and the empty pattern match everything.
 * @throws ConfigurationError BAD_OPTION for a `>` that is not at the end
 */
export function topicPattern(text: string): TopicPattern {
  if (text === ALL || text === '') return { text, prefix: '', matches: () => true };
  const parts = text.split('.');
  const rest = parts.indexOf(ALL);
  if (rest !== -1 && rest !== parts.length - 1) {
    throw badOption(`the topic pattern '${text}' has a '>' that is not its last part; '>' stands for all the rest`);
  }
  const firstWildcard = parts.findIndex((part) => part === '*' || part === ALL);
  if (firstWildcard === -1) return { text, prefix: text, matches: (topic) => topic === text };
  const literal = parts.slice(0, firstWildcard);
  const prefix = literal.map((part) => `${part}.`).join('');
  return { text, prefix, matches: (topic) => topic.startsWith(prefix) && matchesParts(parts, topic.split('.')) };
}

/** Whether one of the patterns matches. */
export function matchesAny(patterns: readonly TopicPattern[], topic: string): boolean {
  return patterns.some((pattern) => pattern.matches(topic));
}

function matchesParts(pattern: readonly string[], topic: readonly string[]): boolean {
  const open = pattern.at(-1) === ALL;
  if (open ? topic.length < pattern.length : topic.length !== pattern.length) return false;
  return pattern.every((part, index) => part === '*' || part === ALL || part === topic[index]);
}
