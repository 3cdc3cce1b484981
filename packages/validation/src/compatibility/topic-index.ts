import { topicPattern, type TopicPattern } from '@liberzmq/core';
import { byPrecision } from '../contract/topic-names.js';

/** What a contract says of topics: under the name, or under the pattern that covers it and says most. */
export class TopicIndex<T> {
  readonly #topics: Readonly<Record<string, T>>;
  readonly #patterns: readonly TopicPattern[];

  constructor(topics: Readonly<Record<string, T>>) {
    this.#topics = topics;
    this.#patterns = Object.keys(topics).sort(byPrecision).flatMap(wildcards);
  }

  /** @param name of a topic, or a pattern for many. */
  of(name: string): T | undefined {
    if (Object.hasOwn(this.#topics, name)) return this.#topics[name];
    // A `*` in the name is a part like any other, which only a wildcard matches.
    const covering = this.#patterns.find((pattern) => (isOpen(pattern.text) || !isOpen(name)) && pattern.matches(name));
    return covering === undefined ? undefined : this.#topics[covering.text];
  }
}

function isOpen(text: string): boolean {
  return text === '>' || text.endsWith('.>');
}

function wildcards(name: string): readonly TopicPattern[] {
  try {
    const pattern = topicPattern(name);
    return pattern.prefix === name ? [] : [pattern];
  } catch {
    // Names that come from elsewhere may be no patterns.
    return [];
  }
}
