import type { Message } from '../contract/message.js';
import { DEFAULTS } from '../defaults.js';
import { MessageError } from '../errors/error-classes.js';
import { badOption, checkOptions, describe, option } from '../options.js';
import { Cancellation } from '../timing/cancellation.js';
import { TopicContext } from '../service/handler-context.js';
import { Endpoint, type EndpointEvents } from '../sockets/endpoint.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';
import { Mailbox } from '../sockets/mailbox.js';
import { settledWithin, type WaitOptions } from '../timing/wait.js';
import { WorkLoop } from '../timing/work-loop.js';
import { utf8Text } from '../serializers/json.js';
import { ClassicCodec } from '../wire/classic/envelope.js';
import { topicPattern, type TopicPattern } from './topic-pattern.js';

/** What handles the messages of a topic. A promise that it returns is awaited before the next message. */
export type TopicHandler = (topic: string, message: unknown, context: TopicContext) => unknown;

/** A message as a loop or {@link Subscriber.receiveMessage} gives it. */
export interface TopicMessage {
  readonly topic: string;
  readonly message: unknown;
}

/** One call of {@link Subscriber.subscribe}. */
export interface Subscription extends Disposable {
  readonly pattern: string;
  /** Ends this one subscription; others to the same topic stay. */
  unsubscribe(): void;
}

/** How a subscriber is set up. */
export interface SubscriberOptions extends EndpointOptions {
  /** Topics to subscribe to from the start. */
  topics?: readonly string[] | undefined;
}

/** For {@link Subscriber.startListening}. */
export interface StartListeningOptions {
  /**
   * How many messages may be with the handlers at once, from 1 on; `Infinity` is allowed. With more than one they may finish in any order.
   * @defaultValue 1
   */
  concurrency?: number | undefined;
}

/** For {@link Subscriber.stopListening}. */
export interface StopListeningOptions {
  /**
   * How long to wait for the handlers that run, in ms, before their signals abort. 0 aborts at once; `Infinity` waits for ever.
   * @defaultValue Infinity
   */
  graceMs?: number | undefined;
}

/** What a subscriber reports beside what every endpoint does. */
export interface SubscriberEvents extends EndpointEvents {
  /** A handler has thrown. The message counts as handled. */
  handlerFailed: { readonly topic: string; readonly error: unknown };
}

interface Registration {
  readonly pattern: TopicPattern;
  readonly handler: TopicHandler | undefined;
}

const ALL = '>';
const EVERYTHING: TopicPattern = { text: ALL, prefix: '', matches: () => true };

/**
 * Receives what is published on the topics that it subscribes to. A topic matches exactly; `*` stands for one part between dots, `>` for the rest.
 * Without any subscription it gets everything.
 * @example
 * ```ts
 * const subscriber = new Subscriber({ address: 'tcp://127.0.0.1:5555', topics: ['news.*'] });
 * for await (const { topic, message } of subscriber) console.log(topic, message);
 * ```
 */
export class Subscriber extends Endpoint<SubscriberEvents> implements AsyncIterable<TopicMessage> {
  readonly #codec: ClassicCodec;
  readonly #registrations = new Set<Registration>();
  readonly #wirePrefixes = new Map<string, number>();
  readonly #fetched: Mailbox<TopicMessage>;
  readonly #handled: Mailbox<TopicMessage>;
  #cancellation = new Cancellation();
  #listening: WorkLoop | undefined;
  #subscribedToAll: Subscription | undefined;
  #subscribedByUser = false;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: SubscriberOptions) {
    super(
      { name: 'Subscriber', socket: 'xsub', bind: false, policy: 'wait', options: { topics: option.strings } },
      options,
    );
    this.#codec = new ClassicCodec(this.serializer);
    const onDemand = (): void => {
      this.#onDemand();
    };
    this.#fetched = new Mailbox({ limit: DEFAULTS.iteratorBuffer, noun: 'message', onDemand });
    this.#handled = new Mailbox({ limit: 0, noun: 'message', onDemand });
    for (const topic of options.topics ?? []) this.subscribe(topic);
  }

  /**
   * Subscribes to a topic or a pattern, or to everything if none is given. The handler is called once {@link startListening} has been;
   * without a handler the messages come to loops and to {@link receiveMessage}. May be called at any time, also more than once for a topic.
   * @throws ConfigurationError BAD_OPTION
   */
  subscribe(handler?: TopicHandler): Subscription;
  subscribe(topic: string, handler?: TopicHandler): Subscription;
  subscribe(first?: string | TopicHandler, second?: TopicHandler): Subscription {
    const [topic, handler] = typeof first === 'string' ? [first, second] : [undefined, first];
    if (handler !== undefined && typeof handler !== 'function') {
      throw badOption(`subscribe: the handler must be a function, not ${describe(handler)}`);
    }
    this.#subscribedByUser = true;
    this.#forgetDefault();
    const pattern = topic === undefined || topic === '' ? { ...EVERYTHING, text: topic ?? ALL } : topicPattern(topic);
    return this.#register(pattern, handler);
  }

  /** Ends the subscriptions to a topic: those with this handler, or all of them. @returns whether there were any */
  unsubscribe(topic: string, handler?: TopicHandler): boolean {
    let found = false;
    for (const registration of [...this.#registrations]) {
      if (registration.pattern.text !== topic || (handler !== undefined && registration.handler !== handler)) continue;
      found = true;
      this.#registrations.delete(registration);
      this.#removePrefix(registration.pattern.prefix);
    }
    return found;
  }

  /** Starts calling the handlers. Resolves when it is bound or connecting. @throws ConnectionError UNREACHABLE, CLOSED */
  async startListening(options: StartListeningOptions = {}): Promise<this> {
    checkOptions('startListening', options, { concurrency: option.limit });
    this.#subscribeToAllByDefault();
    await this.open();
    if (this.#listening !== undefined) throw badOption('startListening: it listens already');
    this.#cancellation = new Cancellation();
    this.#listening = new WorkLoop(
      options.concurrency ?? 1,
      (signal) => this.#handled.take('startListening', { signal }),
      (item) => this.#callHandlers(item),
    );
    this.wakeInbox();
    return this;
  }

  /** Stops calling handlers. Resolves when those that run have ended, or when the grace time is over. @throws ConfigurationError BAD_OPTION */
  async stopListening(options: StopListeningOptions = {}): Promise<void> {
    checkOptions('stopListening', options, { graceMs: option.durationOrZero });
    const listening = this.#listening;
    if (listening === undefined) return;
    this.#listening = undefined;
    if (await settledWithin(listening.stop(), options.graceMs ?? Infinity)) return;
    this.#cancellation.abort(new Error('listening was stopped'));
  }

  /**
   * The next message of any subscription.
   * @throws TimeoutError TIMEOUT; CancelledError ABORTED; ConnectionError CLOSED, UNREACHABLE
   */
  async receiveMessage(options: WaitOptions = {}): Promise<TopicMessage> {
    if (!this.isAccepting && this.#fetched.size === 0) throw this.closedError();
    this.#subscribeToAllByDefault();
    if (this.isAccepting) await this.open();
    return this.#fetched.take('receiveMessage', options);
  }

  /** All messages, one after the other. Leaving the loop loses nothing: the next one goes on where it ended. */
  [Symbol.asyncIterator](): AsyncIterableIterator<TopicMessage> {
    this.#subscribeToAllByDefault();
    if (this.isAccepting) this.open().catch(() => undefined);
    return this.#fetched[Symbol.asyncIterator]();
  }

  protected override wantsFrames(): boolean {
    const handlersFull = this.#listening !== undefined && !this.#handled.wantsMore;
    const loopsFull = this.#fetched.isWatched && !this.#fetched.wantsMore;
    return (this.#listening !== undefined || this.#fetched.isWatched) && !handlersFull && !loopsFull;
  }

  protected override onOpen(): void {
    for (const prefix of this.#wirePrefixes.keys()) this.#sendSubscription(1, prefix);
  }

  protected onFrames(frames: Buffer[]): void | Promise<void> {
    const [topicFrame, ...bodies] = frames;
    let received: TopicMessage;
    try {
      if (topicFrame === undefined || bodies.length === 0)
        throw new MessageError('PROTOCOL', 'a publication has a topic and at least one body');
      const topic = utf8Text(topicFrame);
      if (!this.#isSubscribed(topic)) return undefined;
      const values = bodies.map((body) => this.#codec.decodeValue(body, `a message on '${topic}'`));
      received = { topic, message: values.length === 1 ? values[0] : values };
    } catch (error) {
      this.unreadable(error);
      return undefined;
    }
    if (this.pipeline.hasIncoming) return this.#throughMiddleware(received);
    this.#deliver(received);
    return undefined;
  }

  protected async drain(until: number): Promise<void> {
    await this.stopListening({ graceMs: Math.max(0, until - performance.now()) });
  }

  protected override onClosed(): void {
    this.#cancellation.abort(this.closedError());
    this.#handled.close('startListening');
    this.#fetched.close('receiveMessage');
  }

  #register(pattern: TopicPattern, handler: TopicHandler | undefined): Subscription {
    const registration: Registration = { pattern, handler };
    this.#registrations.add(registration);
    this.#addPrefix(pattern.prefix);
    const unsubscribe = (): void => {
      if (this.#registrations.delete(registration)) this.#removePrefix(pattern.prefix);
    };
    return { pattern: pattern.text, unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  #onDemand(): void {
    this.wakeInbox();
  }

  #isSubscribed(topic: string): boolean {
    for (const { pattern } of this.#registrations) if (pattern.matches(topic)) return true;
    return false;
  }

  #deliver(received: TopicMessage): void {
    if (this.#listening === undefined || this.#fetched.isWatched) this.#fetched.put(received);
    if (this.#listening === undefined) return;
    if (this.#hasHandler(received.topic)) this.#handled.put(received);
    else if (!this.#fetched.isWatched) this.#keepForLater(received);
  }

  #hasHandler(topic: string): boolean {
    for (const { pattern, handler } of this.#registrations)
      if (handler !== undefined && pattern.matches(topic)) return true;
    return false;
  }

  /** What no handler takes while others are at work is kept for a loop that may come, as far as there is room: it must not hold up the handlers. */
  #keepForLater(received: TopicMessage): void {
    if (this.#fetched.size < DEFAULTS.iteratorBuffer) this.#fetched.put(received);
    else this.dropped('unfetched', `a message on '${received.topic}', which no handler takes and nobody fetches`);
  }

  async #throughMiddleware({ topic, message: body }: TopicMessage): Promise<void> {
    const context = new TopicContext(topic, {
      headers: {},
      peer: undefined,
      deadline: Infinity,
      requestId: undefined,
      cancellation: this.#cancellation,
    });
    const message: Message = { direction: 'incoming', pattern: 'publish', subject: topic, headers: {}, body, context };
    const deliver = (): void => {
      this.#deliver({ topic: message.subject, message: message.body });
    };
    await this.receiveThroughMiddleware(message, deliver, `a message on '${topic}'`, (error) => {
      this.#handlingFailed(topic, error);
    });
  }

  async #callHandlers({ topic, message }: TopicMessage): Promise<void> {
    const matching = [...this.#registrations].filter(({ pattern }) => pattern.matches(topic));
    for (const handler of new Set(matching.map((each) => each.handler))) {
      if (handler === undefined) continue;
      const facts = {
        headers: {},
        peer: undefined,
        deadline: Infinity,
        requestId: undefined,
        cancellation: this.#cancellation,
      };
      try {
        await handler(topic, message, new TopicContext(topic, facts));
      } catch (error) {
        this.#handlingFailed(topic, error);
      }
    }
  }

  #handlingFailed(topic: string, error: unknown): void {
    this.failed(error, `handling a message on '${topic}'`);
    this.emit('handlerFailed', { topic, error });
  }

  /** No topic at all means all, until there has been a subscription of the user's own. */
  #subscribeToAllByDefault(): void {
    if (!this.#subscribedByUser && this.#registrations.size === 0)
      this.#subscribedToAll = this.#register(EVERYTHING, undefined);
  }

  #forgetDefault(): void {
    this.#subscribedToAll?.unsubscribe();
    this.#subscribedToAll = undefined;
  }

  #addPrefix(prefix: string): void {
    const count = this.#wirePrefixes.get(prefix) ?? 0;
    this.#wirePrefixes.set(prefix, count + 1);
    if (count === 0 && this.hasSocket) this.#sendSubscription(1, prefix);
  }

  #removePrefix(prefix: string): void {
    const count = this.#wirePrefixes.get(prefix) ?? 0;
    if (count > 1) {
      this.#wirePrefixes.set(prefix, count - 1);
      return;
    }
    this.#wirePrefixes.delete(prefix);
    if (this.hasSocket) this.#sendSubscription(0, prefix);
  }

  /** libzmq keeps subscriptions, and repeats them to each publisher that connects. */
  #sendSubscription(verb: 0 | 1, prefix: string): void {
    this.sendFrames([Buffer.concat([Buffer.of(verb), Buffer.from(prefix)])]).catch((error: unknown) => {
      this.log.error({ err: error, prefix }, 'a subscription could not be sent');
    });
  }
}
