import type { CloseOptions, Sender, SendOptions } from '@liberzmq/core';
import { badOption } from '../options.js';
import type { Input } from '../schema/schema.js';
import { ContractSender } from './contract-sender.js';
import type { Actions, Contract, Topics } from './contract.js';
import { compiledContract } from './define-contract.js';
import type { ConcreteTopic, NameOfTopic, TopicName } from './topic-names.js';

/** What is published on a topic. */
export type TopicInput<T extends Topics, P extends string> = Input<T[NameOfTopic<T, P>]['message']>;

/** Publishes on a contract's topics. */
export interface TypedPublisher<T extends Topics> {
  /**
   * Publishes a message.
   * @throws ValidationError INVALID_INPUT, `not-sent`; ConfigurationError BAD_OPTION for a topic that the contract does not have; and as the publisher does
   */
  publish<P extends ConcreteTopic<TopicName<T>>>(
    topic: P,
    message: TopicInput<T, P>,
    options?: SendOptions,
  ): Promise<void>;
  /** Closes the publisher. */
  close(options?: CloseOptions): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A publisher on a contract's topics: messages are typed, and checked before they are sent. Around a `Publisher`, or any other sender.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const publisher = typedPublisher(new Publisher({ address: 'tcp://127.0.0.1:5555' }), users);
 * await publisher.publish('user.created', { name: 'Ada' });
 * ```
 */
export function typedPublisher<T extends Topics>(publisher: Sender, contract: Contract<Actions, T>): TypedPublisher<T> {
  if (typeof (publisher as Partial<Sender> | null)?.send !== 'function') {
    throw badOption('typedPublisher: give it a publisher, and a contract');
  }
  const checked = new ContractSender<SendOptions, void>({
    where: 'typedPublisher',
    noun: 'topic',
    models: compiledContract('typedPublisher', contract).topics,
    names: Object.keys(contract.topics),
    sender: publisher,
    send: (topic, message, options) => publisher.send(topic, message, options),
  });
  return {
    publish: (topic, message, options) => checked.send(topic, message, options),
    close: (options) => checked.close(options),
    [Symbol.asyncDispose]: () => checked.close(),
  };
}
