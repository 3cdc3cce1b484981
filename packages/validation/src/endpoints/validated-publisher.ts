import { Publisher, type SendOptions } from '@liberzmq/core';
import { Models } from '../models.js';
import type { Schema } from '../schema/schema.js';
import { OutgoingChecks, together } from './outgoing-checks.js';

/**
 * A publisher that checks what it publishes. What is not valid rejects with `INVALID_INPUT`, and nothing of it is sent. Topics without a model are not
 * checked. The check comes before any middleware.
 * @example
 * ```ts
 * const publisher = new ValidatedPublisher({ address: 'tcp://127.0.0.1:5555' });
 * publisher.registerMessageModel('user', Type.Object({ name: Type.String() }));
 * await publisher.publish('user', { name: 'Ada' });
 * ```
 */
export class ValidatedPublisher extends Publisher {
  readonly #models = new Models();
  readonly #checks = new OutgoingChecks(() => {
    this.counter.failed('INVALID_INPUT');
  });

  /**
   * Sets the schema of what is published on a topic, or on all topics that match a pattern (`news.*`). A topic's own counts first, then the first
   * pattern that matches. A second one for the same takes the place of the first.
   * @throws ConfigurationError BAD_OPTION
   */
  registerMessageModel(topicOrPattern: string, schema: Schema): this {
    this.#models.add(topicOrPattern, schema);
    return this;
  }

  /** @throws ValidationError INVALID_INPUT; and as `publish` of a {@link Publisher} does */
  override publish(topic: string, message: unknown, options?: SendOptions): Promise<void> {
    const validator = this.#models.of(topic);
    const checks = this.#checks;
    const check = validator === undefined ? undefined : validator.checkInput(message);
    if (check instanceof Promise || checks.isBusy) {
      return checks.inTurn(describe(topic), check ?? { value: message }, options, (value, left) =>
        super.publish(topic, value, left),
      );
    }
    if (check === undefined) return super.publish(topic, message, options);
    if (check.issues !== undefined) return Promise.reject(checks.refuse(describe(topic), check));
    return super.publish(topic, check.value, options);
  }

  /** Each of the messages is checked. @throws as {@link publish} does */
  override async publishMultipart(topic: string, messages: readonly unknown[], options?: SendOptions): Promise<void> {
    const validator = this.#models.of(topic);
    const checks = this.#checks;
    if ((validator === undefined && !checks.isBusy) || !Array.isArray(messages)) {
      return super.publishMultipart(topic, messages, options);
    }
    const check = together(messages.map((message: unknown) => validator?.checkInput(message) ?? { value: message }));
    if (check instanceof Promise || checks.isBusy) {
      return checks.inTurn(describe(topic), check, options, (value, left) =>
        super.publishMultipart(topic, value as readonly unknown[], left),
      );
    }
    if (check.issues !== undefined) throw checks.refuse(describe(topic), check);
    return super.publishMultipart(topic, check.value as readonly unknown[], options);
  }

  protected override onClosed(): void {
    super.onClosed();
    this.#checks.close(this.closedError());
  }
}

function describe(topic: string): string {
  return `the message on '${topic}'`;
}
