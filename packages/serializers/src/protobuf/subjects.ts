import { topicPattern, type MessageInfo, type TopicPattern } from '@liberzmq/core';
import type { MessageType } from './message-type.js';

/** The types of what an action is sent and answers. */
export interface ActionTypes {
  readonly data: MessageType | undefined;
  readonly result: MessageType | undefined;
}

/** Which type each message has. */
export interface SubjectTypes {
  readonly actions: ReadonlyMap<string, ActionTypes>;
  readonly topics: readonly (readonly [pattern: string, type: MessageType])[];
  readonly tasks: ReadonlyMap<string, MessageType>;
  readonly route: MessageType | undefined;
}

const CLASSIC =
  'which message it belongs to is not known in the classic dialect, which puts a value and its action into one: protobuf needs the native one';

/** Finds the type of a message. */
export class Subjects {
  readonly #types: SubjectTypes;
  readonly #topics: ReadonlyMap<string, MessageType>;
  readonly #patterns: readonly (readonly [TopicPattern, MessageType])[];
  /** The last one that was found by its pattern. */
  #topic = '';
  #ofTopic: MessageType | undefined;

  /** @throws ConfigurationError BAD_OPTION for a topic pattern that is none */
  constructor(types: SubjectTypes) {
    this.#types = types;
    this.#topics = new Map(types.topics);
    this.#patterns = types.topics.map(([pattern, type]) => [topicPattern(pattern), type] as const);
  }

  /** @throws Error that says which option to add, if the message has no type. */
  typeOf(message: MessageInfo | undefined): MessageType {
    if (message === undefined) throw new Error(CLASSIC);
    const { pattern, subject } = message;
    switch (pattern) {
      case 'request':
        return this.#ofAction(subject, 'data');
      case 'reply':
        return this.#ofAction(subject, 'result');
      case 'publish':
        return this.#topics.get(subject) ?? this.#byPattern(subject);
      case 'task':
        return this.#types.tasks.get(subject) ?? untyped(`the task '${subject}'`, 'it to tasks');
      case 'route':
        return this.#types.route ?? untyped('what a Dealer and a Router send each other', 'route');
    }
  }

  #ofAction(action: string, part: keyof ActionTypes): MessageType {
    const types = this.#types.actions.get(action);
    if (types === undefined) return untyped(`the action '${action}'`, 'it to actions');
    return types[part] ?? untyped(`the ${part} of the action '${action}'`, `${part} to it in actions`);
  }

  #byPattern(topic: string): MessageType {
    if (this.#ofTopic === undefined || topic !== this.#topic) {
      this.#ofTopic = this.#patterns.find(([pattern]) => pattern.matches(topic))?.[1];
      this.#topic = topic;
    }
    return this.#ofTopic ?? untyped(`the topic '${topic}'`, 'it, or a pattern for it, to topics');
  }
}

function untyped(what: string, remedy: string): never {
  throw new Error(`${what} has no type; add ${remedy}`);
}
