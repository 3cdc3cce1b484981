import type { Message, Middleware } from '@liberzmq/core';
import { Models } from '../models.js';
import { badOption, checkKeys, checkOneOf } from '../options.js';
import type { Schema } from '../schema/schema.js';
import { validationError } from '../validation-error.js';
import type { Checked } from '../validator/checked.js';

/**
 * What becomes of a message that is not valid:
 * - `'reject'`: it is not delivered, or sent. A sender's promise rejects; where it has arrived, it is logged, counted and reported as the event
 *   `handlerFailed` or `taskFailed`.
 * - `'drop'`: it is not delivered, or sent, and counted under `drops`.
 * - `'pass'`: it goes on as it is, and is counted.
 */
export type OnInvalid = 'reject' | 'drop' | 'pass';

/** For {@link validation}. */
export interface ValidationOptions {
  /** A schema for each topic, pattern of topics (`news.*`) or task type. The subject itself counts first, then the first pattern that matches. */
  models: Iterable<readonly [subject: string, schema: Schema]>;
  /**
   * Which messages are checked.
   * @defaultValue 'both'
   */
  direction?: 'incoming' | 'outgoing' | 'both' | undefined;
  /**
   * What becomes of a message that is not valid.
   * @defaultValue 'reject': a mistake is to be seen
   */
  onInvalid?: OnInvalid | undefined;
}

/** What {@link validation} makes. */
export interface ValidationMiddleware extends Middleware {
  /** Messages that were not valid so far. */
  readonly invalid: number;
}

/** What a check of messages knows and does. */
export interface MessageChecks {
  readonly models: Models;
  readonly onInvalid: OnInvalid;
  onInvalidMessage(): void;
}

/**
 * A middleware that checks publications and tasks, in both directions. Requests and replies pass untouched: for those there is {@link validate}.
 * On its way out a message stays as it is given, unless the schema was given options that adapt it; on its way in it becomes what the schema makes of it.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * subscriber.addMiddleware(validation({ models: [['user', User]] }));
 * ```
 */
export function validation(options: ValidationOptions): ValidationMiddleware {
  checkKeys('validation', options, ['models', 'direction', 'onInvalid']);
  const { direction = 'both', onInvalid = 'reject' } = options;
  checkOneOf('validation', 'direction', direction, ['incoming', 'outgoing', 'both']);
  checkOneOf('validation', 'onInvalid', onInvalid, ['reject', 'drop', 'pass']);
  const models = modelsFrom(options.models);
  let invalid = 0;
  const checks: MessageChecks = {
    models,
    onInvalid,
    onInvalidMessage: () => {
      invalid += 1;
    },
  };
  return {
    name: 'validation',
    ...(direction === 'incoming' ? {} : { outgoing: checkingStep(checks) }),
    ...(direction === 'outgoing' ? {} : { incoming: checkingStep(checks) }),
    get invalid() {
      return invalid;
    },
  };
}

/** A step that checks what passes by. */
export function checkingStep(
  checks: MessageChecks,
): (message: Message, next: () => Promise<void>) => void | Promise<void> {
  const goOn = (message: Message, next: () => Promise<void>, checked: Checked<unknown>): void | Promise<void> => {
    if (checked.issues === undefined) {
      message.body = checked.value;
      return next();
    }
    checks.onInvalidMessage();
    if (checks.onInvalid === 'pass') return next();
    if (checks.onInvalid === 'drop') return undefined;
    const outcome = message.direction === 'outgoing' ? 'not-sent' : undefined;
    throw validationError('INVALID_INPUT', describeMessage(message), checked.issues, outcome);
  };
  return (message, next) => {
    const { pattern, subject, direction, body } = message;
    const validator = pattern === 'publish' || pattern === 'task' ? checks.models.of(subject) : undefined;
    if (validator === undefined) return next();
    const checked = direction === 'outgoing' ? validator.checkInput(body) : validator.check(body);
    return checked instanceof Promise
      ? checked.then((settled) => goOn(message, next, settled))
      : goOn(message, next, checked);
  };
}

function describeMessage({ pattern, subject }: Message): string {
  return pattern === 'task' ? `the task '${subject}'` : `the message on '${subject}'`;
}

function modelsFrom(given: unknown): Models {
  if (typeof given !== 'object' || given === null || !(Symbol.iterator in given)) {
    throw badOption("validation: option 'models' must be pairs of a subject and a schema");
  }
  const models = new Models();
  for (const pair of given as Iterable<unknown>) {
    if (!Array.isArray(pair)) throw badOption("validation: option 'models' must be pairs of a subject and a schema");
    models.add(pair[0] as string, pair[1] as Schema);
  }
  return models;
}
