import { Puller, type PullerOptions } from '@liberzmq/core';
import { Models } from '../models.js';
import type { Schema } from '../schema/schema.js';
import { incomingChecks, withoutChecks, type IncomingChecksOptions } from './incoming-checks.js';

/** How a {@link ValidatedPuller} is set up. */
export interface ValidatedPullerOptions extends PullerOptions, IncomingChecksOptions {}

/**
 * A puller that checks the data of tasks, before handlers and loops get them, and after any middleware. They get what the schema makes of it.
 * Types without a model are not checked.
 * @example
 * ```ts
 * const puller = new ValidatedPuller({ address: 'tcp://127.0.0.1:5557' });
 * puller.registerTaskModel('resize', Type.Object({ file: Type.String() }));
 * ```
 */
export class ValidatedPuller extends Puller {
  readonly #models = new Models();

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: ValidatedPullerOptions) {
    super(withoutChecks('ValidatedPuller', options));
    this.addMiddleware(
      incomingChecks(this.#models, options, () => {
        this.counter.failed('INVALID_INPUT');
      }),
    );
  }

  /**
   * Sets the schema of the data of a task type; bare values have the type `unknown`. A second one takes the place of the first.
   * @throws ConfigurationError BAD_OPTION
   */
  registerTaskModel(type: string, schema: Schema): this {
    this.#models.addExact(type, schema);
    return this;
  }
}
