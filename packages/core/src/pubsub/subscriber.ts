import { Operation } from '../diagnostics/operation.js';
import { uuidv7 } from '../ids.js';
import { badOption, checkOptions, describe, option } from '../options/check-options.js';
import { ArrivedMessage } from '../pipeline/arrived-message.js';
import { PassingMessage } from '../pipeline/passing-message.js';
import { RecordEndpoint } from '../sockets/record-endpoint.js';
import type { Heartbeat } from '../sockets/heartbeat.js';
import { loopOver } from '../sockets/loop.js';
import type { WaitOptions } from '../timing/wait.js';
import type { OutgoingRecord } from '../wire/native/outgoing-record.js';
import { packRecords } from '../wire/native/packer.js';
import { inboxOf } from './announcement.js';
import { Announcer } from './announcer.js';
import { CatchUp } from './catch-up.js';
import { Deliveries } from './deliveries.js';
import { PublicationIntake } from './publication-intake.js';
import { newReceived, type Received } from './received.js';
import { Sequences } from './sequences.js';
import type {
  StartListeningOptions,
  StopListeningOptions,
  SubscriberEvents,
  SubscriberOptions,
  Subscription,
  TopicHandler,
  TopicMessage,
} from './subscriber-options.js';
import { Subscriptions } from './subscriptions.js';
import { ALL, topicPattern } from './topic-pattern.js';

/**
 * Receives what is published on the topics that it subscribes to. A topic matches exactly; `*` stands for one part between dots, `>` for the rest.
 * Without any subscription it gets everything.
 * @example
 * ```ts
 * const subscriber = new Subscriber({ address: 'tcp://127.0.0.1:5555', topics: ['news.*'] });
 * for await (const { topic, message } of subscriber) console.log(topic, message);
 * ```
 */
export class Subscriber extends RecordEndpoint<SubscriberEvents> implements AsyncIterable<TopicMessage> {
  readonly #subscriptions: Subscriptions;
  readonly #deliveries: Deliveries;
  readonly #intake: PublicationIntake;
  readonly #sequences = new Sequences();
  readonly #catchUp = new CatchUp(() => this.wantsFrames());
  readonly #heartbeat: Heartbeat;
  readonly #announcer: Announcer;
  readonly #id = uuidv7();
  readonly #inbox = inboxOf(this.#id);
  #subscribedToAll: Subscription | undefined;
  #subscribedByUser = false;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: SubscriberOptions) {
    super(
      { name: 'Subscriber', socket: 'xsub', bind: false, policy: 'wait', options: { topics: option.strings } },
      options,
    );
    this.#subscriptions = new Subscriptions({
      onPrefix: (prefix, isWanted) => {
        if (this.hasSocket) this.#sendSubscription(isWanted, prefix);
      },
      onChanged: () => {
        this.#announcer.announceSoon();
      },
    });
    this.#deliveries = new Deliveries(this.#subscriptions, {
      onDemand: () => {
        this.wakeInbox();
      },
      onFailed: (topic, error) => {
        this.#handlingFailed(topic, error);
      },
      onUnfetched: ({ topic, arrived }) => {
        this.dropped('unfetched', `a message on '${topic}', which no handler takes and nobody fetches`);
        if (arrived !== undefined) this.pipeline.settle(arrived.message, undefined, 'unfetched');
      },
      onHandling: (received) => this.#observe(received),
      onPassedBy: ({ arrived }) => {
        if (arrived !== undefined) this.pipeline.settle(arrived.message, undefined, 'unfetched');
      },
    });
    this.#heartbeat = this.newHeartbeat(() => {
      this.#announcer.look();
    });
    this.#announcer = this.#newAnnouncer();
    this.#intake = this.#newIntake();
    for (const topic of options.topics ?? []) this.subscribe(topic);
  }

  /**
   * Subscribes to a topic or a pattern, or to everything if none is given. The handler is called once {@link startListening} has been;
   * without a handler the messages come to loops and to {@link receiveMessage}. May be called at any time, also more than once for a topic.
   *
   * A new handler is given what publishers retain for its topics, though other handlers, which are not given it again, have had it before.
   * Loops get each message once.
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
    return this.#subscriptions.add(topicPattern(topic ?? ALL), handler);
  }

  /** Ends the subscriptions to a topic: those with this handler, or all of them. @returns whether there were any */
  unsubscribe(topic: string, handler?: TopicHandler): boolean {
    return this.#subscriptions.remove(topic, handler);
  }

  /** Starts calling the handlers. Resolves when it is bound or connecting. @throws ConnectionError UNREACHABLE, CLOSED */
  async startListening(options: StartListeningOptions = {}): Promise<this> {
    checkOptions('startListening', options, { concurrency: option.limit });
    this.#subscribeToAllByDefault();
    await this.open();
    if (this.#deliveries.start(options.concurrency ?? 1)) this.#announcer.askAgain();
    this.wakeInbox();
    return this;
  }

  /** Stops calling handlers. Resolves when those that run have ended, or when the grace time is over. @throws ConfigurationError BAD_OPTION */
  async stopListening(options: StopListeningOptions = {}): Promise<void> {
    checkOptions('stopListening', options, { graceMs: option.durationOrZero });
    await this.#deliveries.stop(options.graceMs ?? Infinity);
  }

  /**
   * The next message of any subscription.
   * @throws TimeoutError TIMEOUT; CancelledError ABORTED; ConnectionError CLOSED, UNREACHABLE
   */
  async receiveMessage(options: WaitOptions = {}): Promise<TopicMessage> {
    if (!this.isAccepting && this.#deliveries.fetched.size === 0) throw this.closedError();
    this.#subscribeToAllByDefault();
    if (this.isAccepting) await this.open();
    return this.#handOut(await this.#deliveries.fetched.take('receiveMessage', options));
  }

  /** All messages, one after the other. Leaving the loop loses nothing: the next one goes on where it ended. */
  [Symbol.asyncIterator](): AsyncIterableIterator<TopicMessage> {
    this.#subscribeToAllByDefault();
    return loopOver(
      this.#deliveries.fetched,
      () => this.openForLoop(),
      (received) => this.#handOut(received),
    );
  }

  protected override wantsFrames(): boolean {
    return this.#deliveries.wantsMore;
  }

  protected override onOpen(): void {
    this.#announcer.opened();
    this.#sendSubscription(true, this.#inbox);
    for (const prefix of this.#subscriptions.prefixes()) this.#sendSubscription(true, prefix);
    if (this.hasConnection) this.#announceAnew();
    this.#heartbeat.start();
  }

  protected override onConnected(): void {
    this.#announceAnew();
  }

  protected onFrames(frames: Buffer[]): void | Promise<void> {
    this.#announcer.heard();
    return this.#intake.read(frames);
  }

  protected async drain(until: number): Promise<void> {
    await this.stopListening({ graceMs: Math.max(0, until - performance.now()) });
  }

  protected override onClosed(): void {
    this.#heartbeat.stop();
    this.#catchUp.endAll();
    this.#deliveries.close(this.closedError());
  }

  #newAnnouncer(): Announcer {
    return new Announcer({
      id: this.#id,
      subscriptions: this.#subscriptions,
      sequences: this.#sequences,
      catchUp: this.#catchUp,
      heartbeat: this.#heartbeat,
      isConnected: () => this.isNative && this.hasSocket && this.hasConnection,
      isListened: () => this.hasConnection && !this.isBound && this.wantsFrames(),
      send: (record) => {
        this.#sendUpstream(record);
      },
      onSilence: () => {
        this.log.warn({ address: this.address }, 'the publisher gives no sign of life; the connection is given up');
        this.giveUpConnection();
      },
    });
  }

  #newIntake(): PublicationIntake {
    return new PublicationIntake({
      inbox: this.#inbox,
      serializer: () => this.serializer,
      subscriptions: this.#subscriptions,
      sequences: this.#sequences,
      catchUp: this.#catchUp,
      readRecords: (frames, topic) => this.readRecords(frames, 1, undefined, topic),
      takeEach: (records, take) => this.takeEach(records, take),
      take: (received) => this.#take(received),
      onAnswer: (announcement) => {
        this.#announcer.answered(announcement);
      },
      onPing: (number) => {
        this.#announcer.confirm(number);
      },
      emit: (type, event) => {
        this.emit(type, event);
      },
      onUnexpected: (record) => {
        this.unexpected(record);
      },
      onUnreadable: (error) => {
        this.unreadable(error);
      },
    });
  }

  /** What loops are given. */
  #handOut({ topic, message, arrived }: Received): TopicMessage {
    if (arrived !== undefined) this.pipeline.settle(arrived.message, undefined);
    if (Operation.isObserved) Operation.happened(this, 'receive', 'publish', topic);
    return { topic, message };
  }

  /** What is to be told when the handlers of a message have ended; nothing where nobody wants to know. */
  #observe(received: Received): (() => void) | undefined {
    const { topic, arrived } = received;
    const observed = Operation.isObserved ? Operation.begin(this, 'process', 'publish', topic) : undefined;
    if (observed === undefined && arrived === undefined) return undefined;
    return () => {
      observed?.end(received.failure);
      if (arrived !== undefined) this.pipeline.settle(arrived.message, received.failure);
    };
  }

  #announceAnew(): void {
    if (this.isNative) this.#announcer.announceAnew();
  }

  #sendUpstream(record: OutgoingRecord): void {
    const failed = (error: unknown): void => {
      this.log.error({ err: error }, 'the publisher could not be told something');
    };
    try {
      this.sendFrames(packRecords([record], this.packets)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #take(received: Received): void | Promise<void> {
    if (this.pipeline.hasAny) return this.#throughMiddleware(received);
    this.#deliveries.put(received);
    return undefined;
  }

  #throughMiddleware(received: Received): void | Promise<void> {
    const { topic, message: body, headers, publisher, progress, isKept, isAgain } = received;
    const context = this.#deliveries.contextOf(topic, headers, publisher);
    const message = new PassingMessage('incoming', 'publish', topic, headers, body, context);
    message.isKept = isKept;
    const deliver = (): void => {
      const arrived = new ArrivedMessage(message, this.pipeline.keepsAsyncContext);
      this.#deliveries.put(
        newReceived(message.subject, message.body, message.headers, publisher, progress, isKept, isAgain, arrived),
      );
    };
    const describe = (): string => `a message on '${topic}'`;
    return this.receiveThroughMiddleware(message, deliver, describe, (error) => {
      this.#handlingFailed(topic, error);
    });
  }

  #handlingFailed(topic: string, error: unknown): void {
    this.failed(error, `handling a message on '${topic}'`);
    this.emit('handlerFailed', { topic, error });
  }

  /** No topic at all means all, until there has been a subscription of the user's own. */
  #subscribeToAllByDefault(): void {
    if (!this.#subscribedByUser && this.#subscriptions.size === 0)
      this.#subscribedToAll = this.#subscriptions.add(topicPattern(ALL), undefined);
  }

  #forgetDefault(): void {
    this.#subscribedToAll?.unsubscribe();
    this.#subscribedToAll = undefined;
  }

  /** libzmq keeps subscriptions, and repeats them to each publisher that connects. */
  #sendSubscription(isWanted: boolean, prefix: string): void {
    this.sendFrames([Buffer.concat([Buffer.of(isWanted ? 1 : 0), Buffer.from(prefix)])]).catch((error: unknown) => {
      this.log.error({ err: error, prefix }, 'a subscription could not be sent');
    });
  }
}
