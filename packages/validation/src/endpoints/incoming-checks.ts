import type { Middleware } from '@liberzmq/core';
import type { Models } from '../models.js';
import { checkOneOf } from '../options.js';
import { checkingStep, type OnInvalid } from './middleware.js';

/** Options of an endpoint that checks what arrives. */
export interface IncomingChecksOptions {
  /**
   * What becomes of a message that is not valid.
   * - `'reject'`: it is not delivered. It is logged, counted under `errors`, and reported as the event `handlerFailed` or `taskFailed`.
   * - `'drop'`: it is not delivered, and counted under `drops`.
   * - `'pass'`: it is delivered as it came, and counted under `errors`.
   * @defaultValue 'reject'
   */
  onInvalid?: OnInvalid | undefined;
}

/** The endpoint's own options, without those of the checks. @throws ConfigurationError BAD_OPTION */
export function withoutChecks<O extends IncomingChecksOptions>(where: string, options: O): Omit<O, 'onInvalid'> {
  if (typeof options !== 'object' || (options as unknown) === null) return options;
  const { onInvalid, ...own } = options;
  checkOneOf(where, 'onInvalid', onInvalid, ['reject', 'drop', 'pass']);
  return own;
}

/** A middleware that checks what arrives, as the last before it is delivered: it is to be added first. */
export function incomingChecks(
  models: Models,
  { onInvalid = 'reject' }: IncomingChecksOptions,
  counted: () => void,
): Middleware {
  return {
    name: 'validation',
    incoming: checkingStep({
      models,
      onInvalid,
      onInvalidMessage: () => {
        // What is rejected or dropped is counted by the endpoint.
        if (onInvalid === 'pass') counted();
      },
    }),
  };
}
