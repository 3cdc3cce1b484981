import type { Topics } from './contract.js';

/** Whether some topic matches both patterns, as {@link overlaps} has it. */
type Overlaps<P extends string, N extends string> = string extends P
  ? true
  : P extends '' | '>'
    ? true
    : N extends '>'
      ? true
      : P extends `${infer PatternPart}.${infer PatternRest}`
        ? N extends `${infer Part}.${infer Rest}`
          ? PartsOverlap<PatternPart, Part> extends true
            ? Overlaps<PatternRest, Rest>
            : false
          : false
        : N extends `${string}.${string}`
          ? false
          : PartsOverlap<P, N>;

type PartsOverlap<A extends string, B extends string> = A extends '*' | B ? true : B extends '*' ? true : false;

/** The topics that a name stands for: itself, or with its wildcards filled in. */
export type ConcreteTopic<N extends string> = N extends '>'
  ? string
  : N extends `${infer Part}.${infer Rest}`
    ? `${ConcretePart<Part>}.${ConcreteTopic<Rest>}`
    : ConcretePart<N>;

type ConcretePart<P extends string> = P extends '*' ? string : P;

/** The names of topics. */
export type TopicName<T extends Topics> = keyof T & string;

/** What has a wildcard. */
type Open = '*' | '>' | `*.${string}` | `${string}.*` | `${string}.*.${string}` | `${string}.>`;

/** The names of a contract's topics that a topic or a pattern covers; `never` if there is none. A topic's own name counts before patterns. */
export type TopicsCovered<T extends Topics, P extends string> =
  P extends Exclude<TopicName<T>, Open>
    ? P
    : { [N in TopicName<T>]: Overlaps<P, N> extends true ? N : never }[TopicName<T>];

/** The name in a contract that a topic is published under: its own, or the patterns that it matches. */
export type NameOfTopic<T extends Topics, P extends string> =
  P extends TopicName<T> ? P : { [N in TopicName<T>]: P extends ConcreteTopic<N> ? N : never }[TopicName<T>];

/** Whether some topic matches both patterns. */
export function overlaps(pattern: string, other: string): boolean {
  if (pattern === '' || pattern === '>' || other === '>') return true;
  const [part = '', ...rest] = pattern.split('.');
  const [otherPart = '', ...otherRest] = other.split('.');
  if (part !== '*' && otherPart !== '*' && part !== otherPart) return false;
  if (rest.length === 0 || otherRest.length === 0) return rest.length === otherRest.length;
  return overlaps(rest.join('.'), otherRest.join('.'));
}

/** Sorts topics of a contract so that, of those that match a topic, the one that says most comes first: a name before `*`, and that before `>`. */
export function byPrecision(topic: string, other: string): number {
  const [parts, others] = [topic.split('.'), other.split('.')];
  const differing = parts.findIndex((part, index) => vagueness(part) !== vagueness(others[index]));
  return differing === -1 ? 0 : vagueness(parts[differing]) - vagueness(others[differing]);
}

function vagueness(part: string | undefined): number {
  if (part === '>') return 2;
  return part === '*' ? 1 : 0;
}
