import { Subscriber, type SubscriberOptions } from '@liberzmq/core';
import { Models } from '../models.js';
import type { Schema } from '../schema/schema.js';
import { incomingChecks, withoutChecks, type IncomingChecksOptions } from './incoming-checks.js';

/** How a {@link ValidatedSubscriber} is set up. */
export interface ValidatedSubscriberOptions extends SubscriberOptions, IncomingChecksOptions {}

/**
 * A subscriber that checks what arrives, before handlers and loops get it, and after any middleware. They get what the schema makes of it.
 * Topics without a model are not checked.
 * @example
 * ```ts
 * const subscriber = new ValidatedSubscriber({ address: 'tcp://127.0.0.1:5555', onInvalid: 'drop' });
 * subscriber.registerMessageModel('user', Type.Object({ name: Type.String() }));
 * ```
 */
export class ValidatedSubscriber extends Subscriber {
  readonly #models = new Models();

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: ValidatedSubscriberOptions) {
    super(withoutChecks('ValidatedSubscriber', options));
    this.addMiddleware(
      incomingChecks(this.#models, options, () => {
        this.counter.failed('INVALID_INPUT');
      }),
    );
  }

  /**
   * Sets the schema of what arrives on a topic, or on all topics that match a pattern (`news.*`). A topic's own counts first, then the first
   * pattern that matches. A second one for the same takes the place of the first.
   * @throws ConfigurationError BAD_OPTION
   */
  registerMessageModel(topicOrPattern: string, schema: Schema): this {
    this.#models.add(topicOrPattern, schema);
    return this;
  }
}
