import { topicPattern, type TopicPattern } from '@liberzmq/core';
import { badOption } from './options.js';
import type { Schema } from './schema/schema.js';
import { validatorOf, type Validator } from './validator/validator.js';

/** Subjects that match patterns, of which is remembered which one; beyond, all are found out anew. */
const MOST_ROUTES = 10_000;

/** The validators of subjects: of a topic, a pattern of topics, or a task type. */
export class Models {
  readonly #exact = new Map<string, Validator>();
  readonly #patterns = new Map<string, { readonly pattern: TopicPattern; readonly validator: Validator }>();
  readonly #routes = new Map<string, Validator | undefined>();

  /**
   * Sets the validator of a topic or of a pattern, as `subscribe` takes it; a second one takes the place of the first.
   * @throws ConfigurationError BAD_OPTION
   */
  add(subject: string, schema: Schema): void {
    if (typeof subject !== 'string' || subject === '')
      throw badOption('a model needs a topic, a pattern or a type that is not empty');
    const validator = validatorOf(schema);
    const pattern = topicPattern(subject);
    this.#routes.clear();
    if (pattern.prefix === subject) this.#exact.set(subject, validator);
    else this.#patterns.set(subject, { pattern, validator });
  }

  /** Sets the validator of exactly this subject, whatever characters it has. @throws ConfigurationError BAD_OPTION */
  addExact(subject: string, schema: Schema): void {
    if (typeof subject !== 'string' || subject === '')
      throw badOption('a validator needs an action or a type that is not empty');
    this.#exact.set(subject, validatorOf(schema));
  }

  /** The subject itself counts first, then the first pattern that matches. */
  of(subject: string): Validator | undefined {
    const exact = this.#exact.get(subject);
    if (exact !== undefined || this.#patterns.size === 0) return exact;
    return this.#matching(subject);
  }

  #matching(subject: string): Validator | undefined {
    if (this.#routes.has(subject)) return this.#routes.get(subject);
    if (typeof subject !== 'string') return undefined;
    let found: Validator | undefined;
    for (const { pattern, validator } of this.#patterns.values()) {
      if (!pattern.matches(subject)) continue;
      found = validator;
      break;
    }
    if (this.#routes.size >= MOST_ROUTES) this.#routes.clear();
    this.#routes.set(subject, found);
    return found;
  }
}
