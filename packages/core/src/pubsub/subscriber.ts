import type { Message, MessageHeaders } from '../contract/message.js';
import { DEFAULTS } from '../defaults.js';
import { MessageError } from '../errors/error-classes.js';
import { uuidv7 } from '../ids.js';
import { badOption, checkOptions, describe, option } from '../options.js';
import { Cancellation } from '../timing/cancellation.js';
import { TopicContext } from '../service/handler-context.js';
import { Endpoint, type EndpointEvents } from '../sockets/endpoint.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';
import type { Heartbeat } from '../sockets/heartbeat.js';
import { Mailbox } from '../sockets/mailbox.js';
import { settledWithin, type WaitOptions } from '../timing/wait.js';
import { isThenable, WorkQueue } from '../timing/work-queue.js';
import { json, utf8Text } from '../serializers/json.js';
import { ClassicCodec } from '../wire/classic/envelope.js';
import { decodeBody } from '../wire/native/body-decoder.js';
import { KIND, type SenderMark } from '../wire/native/format.js';
import { OutgoingRecord } from '../wire/native/outgoing-record.js';
import { packRecords } from '../wire/native/packer.js';
import { isPacket, type NativeRecord } from '../wire/native/packet-reader.js';
import { INBOX_PREFIX, inboxOf, readNumbers, type Announcement, type ReadingPosition } from './announcement.js';
import { CatchUp } from './catch-up.js';
import { REPEATED, Sequences } from './sequences.js';
import { ALL, topicPattern, type TopicPattern } from './topic-pattern.js';

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
  /** Messages on a topic did not arrive: they were dropped on their way, or published while there was no connection. */
  gap: { readonly publisher: string; readonly topic: string; readonly missed: number };
  /** A publisher has been started anew: its numbers begin again, and nobody can say what was missed. */
  publisherRestarted: { readonly publisher: string };
}

interface Registration {
  readonly pattern: TopicPattern;
  readonly handler: TopicHandler | undefined;
}

/** What arrives on one topic goes to these. Kept until a subscription changes. */
interface Route {
  readonly isSubscribed: boolean;
  readonly handlers: readonly TopicHandler[];
}

/** A message with what travels beside it. */
interface Received extends TopicMessage {
  readonly headers: MessageHeaders;
  readonly publisher: string | undefined;
}

/** Topics whose routes are kept; beyond, all are found out anew. */
const MOST_ROUTES = 10_000;
const NO_HEADERS: MessageHeaders = Object.freeze({});

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
  readonly #classic: ClassicCodec;
  readonly #registrations = new Set<Registration>();
  readonly #wirePrefixes = new Map<string, number>();
  readonly #routes = new Map<string, Route>();
  readonly #fetched: Mailbox<Received>;
  readonly #sequences = new Sequences();
  readonly #catchUp = new CatchUp(() => this.wantsFrames());
  readonly #heartbeat: Heartbeat;
  readonly #id = uuidv7();
  #cancellation = new Cancellation();
  #listening: WorkQueue<Received> | undefined;
  /** Was told to stop, and its handlers may still run. */
  #stopping: WorkQueue<Received> | undefined;
  #announcing = false;
  /** Most messages are on the topic that the last one was on. */
  #lastTopic: { readonly bytes: Buffer; readonly text: string } | undefined;
  /** A publisher on this connection understands announcements and pings. */
  #isAnswered = false;
  #silentLooks = 0;
  #subscribedToAll: Subscription | undefined;
  #subscribedByUser = false;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: SubscriberOptions) {
    super(
      { name: 'Subscriber', socket: 'xsub', bind: false, policy: 'wait', options: { topics: option.strings } },
      options,
    );
    this.#classic = new ClassicCodec(this.serializer);
    const onDemand = (): void => {
      this.wakeInbox();
    };
    this.#fetched = new Mailbox({ limit: DEFAULTS.iteratorBuffer, noun: 'message', onDemand });
    this.#heartbeat = this.newHeartbeat(() => {
      this.#look();
    });
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
    return this.#register(topicPattern(topic ?? ALL), handler);
  }

  /** Ends the subscriptions to a topic: those with this handler, or all of them. @returns whether there were any */
  unsubscribe(topic: string, handler?: TopicHandler): boolean {
    let found = false;
    for (const registration of [...this.#registrations]) {
      if (registration.pattern.text !== topic || (handler !== undefined && registration.handler !== handler)) continue;
      found = true;
      this.#unregister(registration);
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
    this.#listening = new WorkQueue<Received>(options.concurrency ?? 1, {
      work: (item) => this.#callHandlers(item),
      onDemand: () => {
        this.wakeInbox();
      },
    });
    if (!this.#fetched.isWatched) this.#deliverFetched();
    this.wakeInbox();
    return this;
  }

  /** Stops calling handlers. Resolves when those that run have ended, or when the grace time is over. @throws ConfigurationError BAD_OPTION */
  async stopListening(options: StopListeningOptions = {}): Promise<void> {
    checkOptions('stopListening', options, { graceMs: option.durationOrZero });
    const listening = this.#listening ?? this.#stopping;
    if (listening === undefined) return;
    const cancellation = this.#cancellation;
    this.#listening = undefined;
    this.#stopping = listening;
    for (const left of listening.stop()) this.#fetched.put(left);
    if (await settledWithin(listening.idle(), options.graceMs ?? Infinity)) return;
    cancellation.abort(new Error('listening was stopped'));
  }

  /**
   * The next message of any subscription.
   * @throws TimeoutError TIMEOUT; CancelledError ABORTED; ConnectionError CLOSED, UNREACHABLE
   */
  async receiveMessage(options: WaitOptions = {}): Promise<TopicMessage> {
    if (!this.isAccepting && this.#fetched.size === 0) throw this.closedError();
    this.#subscribeToAllByDefault();
    if (this.isAccepting) await this.open();
    return plain(await this.#fetched.take('receiveMessage', options));
  }

  /** All messages, one after the other. Leaving the loop loses nothing: the next one goes on where it ended. */
  [Symbol.asyncIterator](): AsyncIterableIterator<TopicMessage> {
    this.#subscribeToAllByDefault();
    if (this.isAccepting) this.open().catch(() => undefined);
    const fetched = this.#fetched[Symbol.asyncIterator]();
    const iterator: AsyncIterableIterator<TopicMessage> = {
      async next() {
        const result = await fetched.next();
        return result.done === true ? result : { done: false, value: plain(result.value) };
      },
      async return() {
        await fetched.return?.();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  protected override wantsFrames(): boolean {
    const handlersFull = this.#listening?.wantsMore === false;
    const loopsFull = this.#fetched.isWatched && !this.#fetched.wantsMore;
    return (this.#listening !== undefined || this.#fetched.isWatched) && !handlersFull && !loopsFull;
  }

  protected override onOpen(): void {
    this.#isAnswered = false;
    this.#silentLooks = 0;
    this.#sendSubscription(1, inboxOf(this.#id));
    for (const prefix of this.#wirePrefixes.keys()) this.#sendSubscription(1, prefix);
    if (this.hasConnection) this.#announceAnew();
    this.#heartbeat.start();
  }

  protected override onConnected(): void {
    this.#silentLooks = 0;
    this.#announceAnew();
  }

  protected onFrames(frames: Buffer[]): void | Promise<void> {
    this.#silentLooks = 0;
    const [topicFrame, first] = frames;
    try {
      if (topicFrame === undefined || first === undefined)
        throw new MessageError('PROTOCOL', 'a publication has a topic and at least one body');
      const topic = this.#topicText(topicFrame);
      if (topic.startsWith(INBOX_PREFIX)) return this.#takeInbox(topic, topicFrame, frames);
      const route = this.#routeOf(topic);
      if (!route.isSubscribed) return undefined;
      if (isPacket(first)) return this.#takePacket(topic, topicFrame, frames);
      const values = frames.slice(1).map((body) => this.#classic.decodeValue(body, `a message on '${topic}'`));
      const message = values.length === 1 ? values[0] : values;
      return this.#take({ topic, message, headers: NO_HEADERS, publisher: undefined });
    } catch (error) {
      this.unreadable(error);
      return undefined;
    }
  }

  protected async drain(until: number): Promise<void> {
    await this.stopListening({ graceMs: Math.max(0, until - performance.now()) });
  }

  protected override onClosed(): void {
    this.#heartbeat.stop();
    this.#catchUp.endAll();
    this.#cancellation.abort(this.closedError());
    this.#fetched.close('receiveMessage');
  }

  #register(pattern: TopicPattern, handler: TopicHandler | undefined): Subscription {
    const registration: Registration = { pattern, handler };
    this.#registrations.add(registration);
    this.#addPrefix(pattern.prefix);
    this.#subscriptionsChanged();
    const unsubscribe = (): void => {
      this.#unregister(registration);
    };
    return { pattern: pattern.text, unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  #unregister(registration: Registration): void {
    if (!this.#registrations.delete(registration)) return;
    this.#removePrefix(registration.pattern.prefix);
    this.#subscriptionsChanged();
  }

  /** Changes of one turn are announced together. */
  #subscriptionsChanged(): void {
    this.#routes.clear();
    if (this.#announcing) return;
    this.#announcing = true;
    queueMicrotask(() => {
      this.#announcing = false;
      this.#sequences.keepOnly((topic) => this.#isSubscribed(topic));
      if (this.hasSocket && this.hasConnection) this.#announce();
    });
  }

  /** On a new connection: tells how far it has read as well, for the publishers to send what is missing. */
  #announceAnew(): void {
    if (!this.isNative) return;
    const positions = this.#sequences.positions();
    this.#catchUp.begin(positions.map(({ publisher }) => publisher));
    this.#announce(positions);
  }

  /** Tells the publishers who this is, and what exactly it wants. */
  #announce(positions?: readonly ReadingPosition[]): void {
    if (!this.isNative) return;
    const patterns = [...new Set([...this.#registrations].map(({ pattern }) => pattern.text))];
    const announcement: Announcement = { id: this.#id, patterns, positions };
    const record = new OutgoingRecord(KIND.announce, 0);
    record.codec = json.name;
    record.body = JSON.stringify(announcement);
    this.#sendUpstream(record);
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

  /** Asks whether a publisher is there. Only while it is read from: what waits to be read is a sign of life as well. */
  #look(): void {
    if (!this.#isAnswered || !this.hasConnection || this.isBound || !this.wantsFrames()) {
      this.#silentLooks = 0;
      return;
    }
    if (this.#silentLooks >= this.#heartbeat.patience) {
      this.#silentLooks = 0;
      this.log.warn({ address: this.address }, 'the publisher gives no sign of life; the connection is given up');
      this.giveUpConnection();
      return;
    }
    this.#silentLooks += 1;
    // What has come since the last look is sign enough. Whoever is subscribed to everything hears the answers to all others, too.
    if (this.#silentLooks === 1) return;
    const ping = this.#heartbeat.ping();
    ping.subject = this.#id;
    this.#sendUpstream(ping);
  }

  #topicText(frame: Buffer): string {
    const last = this.#lastTopic;
    if (last !== undefined && last.bytes.equals(frame)) return last.text;
    const text = utf8Text(frame);
    this.#lastTopic = { bytes: frame, text };
    return text;
  }

  #routeOf(topic: string): Route {
    const known = this.#routes.get(topic);
    if (known !== undefined) return known;
    const matching = [...this.#registrations].filter(({ pattern }) => pattern.matches(topic));
    const handlers = new Set<TopicHandler>();
    for (const { handler } of matching) if (handler !== undefined) handlers.add(handler);
    const route: Route = { isSubscribed: matching.length > 0, handlers: [...handlers] };
    if (this.#routes.size >= MOST_ROUTES) this.#routes.clear();
    this.#routes.set(topic, route);
    return route;
  }

  #isSubscribed(topic: string): boolean {
    for (const { pattern } of this.#registrations) if (pattern.matches(topic)) return true;
    return false;
  }

  #takePacket(topic: string, topicFrame: Buffer, frames: readonly Buffer[]): void | Promise<void> {
    const { records, sender } = this.readRecords(frames, 1, undefined, topicFrame);
    this.#meet(sender);
    const deliver = (): void | Promise<void> =>
      this.takeEach(records, (record) => this.#takeMessage(topic, record, sender?.id));
    return this.#catchUp.holds(sender?.id, deliver) ? undefined : deliver();
  }

  /** What a publisher sends to this one alone: what was kept for it, answers to announcements and pings. */
  #takeInbox(topic: string, topicFrame: Buffer, frames: readonly Buffer[]): void | Promise<void> {
    if (topic !== inboxOf(this.#id)) return undefined;
    const { records, sender } = this.readRecords(frames, 1, undefined, topicFrame);
    this.#meet(sender);
    return this.takeEach(records, (record) => {
      if (record.kind === KIND.announce) return this.#answered(record, sender);
      if (record.kind !== KIND.message || !this.#isSubscribed(record.subject ?? '')) return undefined;
      return this.#takeMessage(record.subject ?? '', record, sender?.id);
    });
  }

  /** A publisher has sent what was missed. What it has numbered so far and this one has not seen was before its time. */
  #answered(record: NativeRecord, sender: SenderMark | undefined): void | Promise<void> {
    this.#isAnswered = true;
    if (sender === undefined) return undefined;
    try {
      this.#sequences.begin(sender.id, readNumbers(decodeBody(record, json, 'the answer to an announcement')));
    } catch (error) {
      this.unreadable(error);
    }
    return this.#catchUp.end(sender.id);
  }

  #meet(sender: SenderMark | undefined): void {
    if (sender !== undefined && this.#sequences.meet(sender)) {
      this.emit('publisherRestarted', { publisher: sender.id });
    }
  }

  #takeMessage(topic: string, record: NativeRecord, publisher: string | undefined): void | Promise<void> {
    if (record.kind !== KIND.message) {
      this.unexpected(record);
      return undefined;
    }
    if (publisher !== undefined) {
      const missed = this.#sequences.take(publisher, topic, record.id);
      if (missed === REPEATED) return undefined;
      if (missed > 0) this.emit('gap', { publisher, topic, missed });
    }
    let message;
    try {
      message = decodeBody(record, this.serializer, 'a publication');
    } catch (error) {
      this.unreadable(error);
      return undefined;
    }
    return this.#take({ topic, message, headers: record.headers, publisher });
  }

  #take(received: Received): void | Promise<void> {
    if (this.pipeline.hasIncoming) return this.#throughMiddleware(received);
    this.#deliver(received);
    return undefined;
  }

  #deliver(received: Received): void {
    const listening = this.#listening;
    if (listening === undefined || this.#fetched.isWatched) this.#fetched.put(received);
    if (listening === undefined) return;
    if (this.#routeOf(received.topic).handlers.length > 0) listening.put(received);
    else if (!this.#fetched.isWatched) this.#keepForLater(received);
  }

  /** What lies here since before the handlers were called. */
  #deliverFetched(): void {
    for (let left = this.#fetched.size; left > 0; left -= 1) this.#deliver(this.#fetched.shift() as Received);
  }

  /** What no handler takes while others are at work is kept for a loop that may come, as far as there is room: it must not hold up the handlers. */
  #keepForLater(received: Received): void {
    if (this.#fetched.size < DEFAULTS.iteratorBuffer) this.#fetched.put(received);
    else this.dropped('unfetched', `a message on '${received.topic}', which no handler takes and nobody fetches`);
  }

  async #throughMiddleware({ topic, message: body, headers, publisher }: Received): Promise<void> {
    const context = this.#contextOf(topic, headers, publisher);
    const message: Message = { direction: 'incoming', pattern: 'publish', subject: topic, headers, body, context };
    const deliver = (): void => {
      this.#deliver({ topic: message.subject, message: message.body, headers: message.headers, publisher });
    };
    await this.receiveThroughMiddleware(message, deliver, `a message on '${topic}'`, (error) => {
      this.#handlingFailed(topic, error);
    });
  }

  #contextOf(topic: string, headers: MessageHeaders, peer: string | undefined): TopicContext {
    const facts = { headers, peer, deadline: Infinity, requestId: undefined, cancellation: this.#cancellation };
    return new TopicContext(topic, facts);
  }

  /** Neither throws nor rejects. Handlers of one message run one after the other. */
  #callHandlers(received: Received): void | Promise<void> {
    const { handlers } = this.#routeOf(received.topic);
    for (let index = 0; index < handlers.length; index += 1) {
      const done = this.#callHandler(handlers[index] as TopicHandler, received);
      if (done !== undefined) return this.#callRest(done, handlers.slice(index + 1), received);
    }
    return undefined;
  }

  async #callRest(done: Promise<void>, rest: readonly TopicHandler[], received: Received): Promise<void> {
    await done;
    for (const handler of rest) await this.#callHandler(handler, received);
  }

  #callHandler(handler: TopicHandler, { topic, message, headers, publisher }: Received): void | Promise<void> {
    try {
      const result = handler(topic, message, this.#contextOf(topic, headers, publisher));
      if (!isThenable(result)) return undefined;
      return Promise.resolve(result).then(
        () => undefined,
        (error: unknown) => {
          this.#handlingFailed(topic, error);
        },
      );
    } catch (error) {
      this.#handlingFailed(topic, error);
      return undefined;
    }
  }

  #handlingFailed(topic: string, error: unknown): void {
    this.failed(error, `handling a message on '${topic}'`);
    this.emit('handlerFailed', { topic, error });
  }

  /** No topic at all means all, until there has been a subscription of the user's own. */
  #subscribeToAllByDefault(): void {
    if (!this.#subscribedByUser && this.#registrations.size === 0)
      this.#subscribedToAll = this.#register(topicPattern(ALL), undefined);
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

/** What loops are given. */
function plain({ topic, message }: Received): TopicMessage {
  return { topic, message };
}
