import type {
  CloseOptions,
  StartListeningOptions,
  StopListeningOptions,
  Subscriber,
  Subscription,
  TopicContext,
  TopicHandler,
  WaitOptions,
} from '@liberzmq/core';
import type { Models } from '../models.js';
import { badOption } from '../options.js';
import type { Output } from '../schema/schema.js';
import { whatIsLeft } from '../time-limit.js';
import type { Actions, Contract, Topics } from './contract.js';
import { compiledContract } from './define-contract.js';
import { checkIncoming, type IncomingContract, type TypedReceiverOptions } from './incoming-contract.js';
import { overlaps, type ConcreteTopic, type TopicName, type TopicsCovered } from './topic-names.js';

/** What arrives on a topic. */
type MessageOf<T extends Topics, N extends TopicName<T>> = Output<T[N]['message']>;

/** What a handler of these topics is given: comparing the topic tells the message's type. The compiler wants as many as the handler takes. */
type Both<T extends Topics, N extends TopicName<T>> = {
  [Name in N]: [topic: ConcreteTopic<Name>, message: MessageOf<T, Name>];
}[N];
type AllThree<T extends Topics, N extends TopicName<T>> = {
  [Name in N]: [topic: ConcreteTopic<Name>, message: MessageOf<T, Name>, context: TopicContext];
}[N];

/** What may be subscribed to: a name if it is not. */
type Subscribable<T extends Topics, P extends string> = [TopicsCovered<T, P>] extends [never] ? TopicName<T> : P;

/** A message of a contract, as a loop gives it. Comparing the topic tells the message's type, unless a pattern of the contract covers that topic, too. */
export type TypedTopicMessage<T extends Topics> = {
  [Name in TopicName<T>]: { readonly topic: ConcreteTopic<Name>; readonly message: MessageOf<T, Name> };
}[TopicName<T>];

/** Receives what is published on a contract's topics. */
export interface TypedSubscriber<T extends Topics> extends AsyncIterable<TypedTopicMessage<T>> {
  /** Messages so far that were not as the contract says. */
  readonly invalid: number;
  /**
   * Subscribes to a topic, or to a pattern, which stands for the topics of the contract that match.
   * @throws ConfigurationError BAD_OPTION for a topic that the contract does not have, and for a pattern that none matches
   */
  subscribe<const P extends string>(
    topicOrPattern: Subscribable<T, P>,
    handler?: (...args: AllThree<T, TopicsCovered<T, P>>) => unknown,
  ): Subscription;
  subscribe<const P extends string>(
    topicOrPattern: Subscribable<T, P>,
    handler: (...args: Both<T, TopicsCovered<T, P>>) => unknown,
  ): Subscription;
  subscribe<const P extends string>(
    topicOrPattern: Subscribable<T, P>,
    // eslint-disable-next-line @typescript-eslint/unified-signatures -- in one signature the compiler would not know a handler's parameters
    handler: (
      topic: ConcreteTopic<TopicsCovered<T, P>>,
      message: MessageOf<T, TopicsCovered<T, P>>,
      context: TopicContext,
    ) => unknown,
  ): Subscription;
  /** Starts calling the handlers. @throws as the subscriber does */
  startListening(options?: StartListeningOptions): Promise<this>;
  /** Stops calling handlers. @throws as the subscriber does */
  stopListening(options?: StopListeningOptions): Promise<void>;
  /** The next message. @throws as the subscriber does */
  receiveMessage(options?: WaitOptions): Promise<TypedTopicMessage<T>>;
  /** Closes the subscriber. */
  close(options?: CloseOptions): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A subscriber to a contract's topics: messages are typed, and checked before they are delivered. Topics that the contract does not have are not
 * delivered here, whatever pattern they match: a newer publisher may have more of them.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const subscriber = typedSubscriber(new Subscriber({ address: 'tcp://127.0.0.1:5555' }), users);
 * subscriber.subscribe('user.*', (topic, { name }) => console.log(topic, name));
 * await subscriber.startListening();
 * ```
 */
export function typedSubscriber<T extends Topics>(
  subscriber: Subscriber,
  contract: Contract<Actions, T>,
  options: TypedReceiverOptions = {},
): TypedSubscriber<T> {
  if (typeof (subscriber as Partial<Subscriber> | null)?.subscribe !== 'function') {
    throw badOption('typedSubscriber: give it a subscriber, and a contract');
  }
  const models = compiledContract('typedSubscriber', contract).topics;
  const incoming = checkIncoming('typedSubscriber', subscriber, { contract, models }, options);
  return new ContractSubscriber(
    subscriber,
    models,
    Object.keys(contract.topics),
    incoming,
  ) as unknown as TypedSubscriber<T>;
}

/** The same, before a contract types it. */
type Untyped<S> = Omit<S, 'subscribe'>;

class ContractSubscriber implements Untyped<TypedSubscriber<Topics>> {
  readonly #subscriber: Subscriber;
  readonly #models: Models;
  readonly #topics: readonly string[];
  readonly #incoming: IncomingContract;

  constructor(subscriber: Subscriber, models: Models, topics: readonly string[], incoming: IncomingContract) {
    this.#subscriber = subscriber;
    this.#models = models;
    this.#topics = topics;
    this.#incoming = incoming;
  }

  get invalid(): number {
    return this.#incoming.invalid;
  }

  subscribe(topicOrPattern: string, handler?: TopicHandler): Subscription {
    const given: unknown = topicOrPattern;
    if (typeof given !== 'string' || !this.#topics.some((topic) => overlaps(given, topic))) {
      throw badOption(
        `typedSubscriber: the contract has no topic '${String(given)}'; it has ${this.#topics.join(', ') || 'none'}`,
      );
    }
    if (typeof handler !== 'function') return this.#subscriber.subscribe(topicOrPattern, handler);
    return this.#subscriber.subscribe(topicOrPattern, (topic, message, context) =>
      this.#models.of(topic) === undefined ? undefined : handler(topic, message, context),
    );
  }

  async startListening(options?: StartListeningOptions): Promise<this> {
    await this.#subscriber.startListening(options);
    return this;
  }

  stopListening(options?: StopListeningOptions): Promise<void> {
    return this.#subscriber.stopListening(options);
  }

  async receiveMessage(options?: WaitOptions): Promise<TypedTopicMessage<Topics>> {
    const started = performance.now();
    for (let left = options; ; left = whatIsLeft(options, started)) {
      const received = await this.#subscriber.receiveMessage(left);
      if (this.#models.of(received.topic) !== undefined) return received;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TypedTopicMessage<Topics>, void, undefined> {
    for await (const received of this.#subscriber) {
      if (this.#models.of(received.topic) !== undefined) yield received;
    }
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#subscriber.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
