import type { Message } from '../contract/message.js';
import type { Sender, SendOptions } from '../contract/sender.js';
import { DEFAULTS } from '../defaults.js';
import { MessageError } from '../errors/error-classes.js';
import { messageOf } from '../errors/wire-error.js';
import { uuidv7 } from '../ids.js';
import { badOption, checkOptions, describe, option } from '../options.js';
import { json } from '../serializers/json.js';
import type { EndpointEvents } from '../sockets/endpoint.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';
import type { SocketSettings } from '../sockets/open-socket.js';
import { checkName, checkSendOptions, SendingEndpoint, type Formed } from '../sockets/sending-endpoint.js';
import { settledWithin, WAIT_OPTIONS, Waiter, type WaitOptions } from '../timing/wait.js';
import { ClassicCodec } from '../wire/classic/envelope.js';
import { encodeAlone } from '../wire/native/body-encoder.js';
import { decodeBody } from '../wire/native/body-decoder.js';
import { KIND } from '../wire/native/format.js';
import { OutgoingRecord } from '../wire/native/outgoing-record.js';
import { isPacket, type NativeRecord } from '../wire/native/packet-reader.js';
import { INBOX_PREFIX, inboxOf, readAnnouncement, type Announcement } from './announcement.js';
import { ANNOUNCEMENT_MS, Audience, type SubscriberInfo } from './audience.js';
import { MOST_TOPICS, TopicLog, type KeptMessage } from './topic-log.js';
import { topicPattern, type TopicPattern } from './topic-pattern.js';

/** How a publisher is set up. */
export interface PublisherOptions extends EndpointOptions {
  /**
   * Its name for subscribers, which tell by it that a publisher has been started anew. Must differ from that of every other publisher.
   * 1 to 255 bytes.
   * @defaultValue the address that it is bound to; for one that connects, a new UUID
   */
  id?: string | undefined;
  /**
   * Whether the last message of each topic is kept, and sent to whoever subscribes later.
   * @defaultValue false
   */
  retain?: boolean | undefined;
  /**
   * How many of the last messages of each topic are kept, so that a subscriber whose connection was lost is sent what it has missed.
   * @defaultValue 0
   */
  history?: number | undefined;
}

/** What a publisher reports beside what every endpoint does. */
export interface PublisherEvents extends EndpointEvents {
  /** A peer has subscribed. The prefix is what the transport knows of its topics; the empty one stands for all. */
  subscribed: { readonly prefix: string };
  /** A peer has unsubscribed, or is gone. */
  unsubscribed: { readonly prefix: string };
  /** A subscriber has said who it is and what exactly it wants; again when that changes. */
  subscriberJoined: { readonly id: string; readonly patterns: readonly string[] };
  /** A subscriber that had said who it is has gone. */
  subscriberLeft: { readonly id: string };
}

/** For {@link Publisher.waitForSubscribers}. */
export interface WaitForSubscribersOptions extends WaitOptions {
  /**
   * The topic that they must be subscribed to.
   * @defaultValue any topic
   */
  topic?: string | undefined;
  /**
   * How many there must be.
   * @defaultValue 1
   */
  count?: number | undefined;
}

const SUBSCRIBE = 1;
const UNSUBSCRIBE = 0;
const LONGEST_ID = 255;
/** Messages in a packet: nobody waits for an answer, so that the more the better, until the bytes decide. */
const MESSAGES_TOGETHER = 256;
/** After so many messages that need not wait for anything, the event loop gets its turn. */
const WITHOUT_A_TURN = 256;

let lastEpoch = 0;

/**
 * Publishes messages on topics, to whoever is subscribed. Nobody subscribed is no error: the message is then for nobody, and is not even encoded.
 *
 * With the policies `drop-oldest` (the default) and `drop-newest` a subscriber that is too slow loses messages, and holds up nobody else;
 * it is told how many it has missed. With `wait` and `reject` nothing is lost, and the slowest subscriber sets the pace for all.
 * @example
 * ```ts
 * const publisher = await new Publisher({ address: 'tcp://127.0.0.1:5555' }).connect();
 * await publisher.waitForSubscribers({ topic: 'news' });
 * await publisher.publish('news', { title: 'hello' });
 * ```
 */
export class Publisher extends SendingEndpoint<PublisherEvents> implements Sender {
  readonly #classic: ClassicCodec;
  readonly #audience = new Audience();
  readonly #topics = new Map<string, TopicLog>();
  readonly #waiters = new Map<Waiter<void>, { readonly topic: string | undefined; readonly count: number }>();
  readonly #givenId: string | undefined;
  readonly #retain: boolean;
  /** How many messages of each topic are kept. */
  readonly #keeps: number;
  readonly #epoch: number;
  readonly #ownId = uuidv7();
  readonly #describe = ({ subject }: Message): string => `message on '${subject}'`;
  readonly #form = (message: Message): Formed => this.#formOf(message);
  #settling: NodeJS.Timeout | undefined;
  #hasWarned = false;
  /** The highest number of a topic that has been forgotten. */
  #forgottenSequence = 0;
  /** Messages since the event loop had its turn. */
  #withoutTurn = 0;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: PublisherOptions) {
    super(
      {
        name: 'Publisher',
        socket: 'xpub',
        bind: true,
        policy: 'drop-oldest',
        options: { id: option.string, retain: option.boolean, history: option.limitOrZero },
      },
      options,
    );
    const { id, retain = false, history = 0 } = options;
    if (id !== undefined && Buffer.byteLength(id) > LONGEST_ID) {
      throw badOption(`Publisher: option 'id' must have ${String(LONGEST_ID)} bytes at most`);
    }
    if (!this.isNative && (retain || history > 0)) {
      throw badOption(
        "Publisher: options 'retain' and 'history' need the native dialect: a classic subscriber cannot be sent anything by itself",
      );
    }
    this.#givenId = id;
    this.#retain = retain;
    this.#keeps = Math.max(history, retain ? 1 : 0);
    lastEpoch = Math.max(lastEpoch + 1, Date.now());
    this.#epoch = lastEpoch;
    this.#classic = new ClassicCodec(this.serializer);
  }

  /** Its name for subscribers. Where it is taken from the address, it is known once the port is. */
  get id(): string {
    return this.#givenId ?? this.boundAddress ?? this.#ownId;
  }

  /**
   * Publishes a message. Resolves when the transport has it, or as soon as it is sure to leave with the next ones: from then on it cannot be taken back.
   * @throws SerializationError ENCODE, TOO_LARGE; ConnectionError BACKPRESSURE, CLOSED, BIND_FAILED; TimeoutError TIMEOUT; CancelledError ABORTED
   */
  publish(topic: string, message: unknown, options?: SendOptions): Promise<void> {
    try {
      checkName('publish', 'topic', topic);
      if (options === undefined && this.sendsNow) return this.#publishNow(topic, message);
      return this.#publish('publish', topic, message, options, this.#form);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  /** Publishes several bodies as one message: its subscribers get an array. (One body arrives as itself.) @throws as {@link publish} does */
  async publishMultipart(topic: string, messages: readonly unknown[], options?: SendOptions): Promise<void> {
    checkName('publishMultipart', 'topic', topic);
    if (!Array.isArray(messages) || messages.length === 0) {
      throw badOption(
        `publishMultipart: messages must be an array with one element or more, not ${describe(messages)}`,
      );
    }
    const bodies: readonly unknown[] = messages;
    if (this.isNative) {
      await this.#publish('publishMultipart', topic, bodies.length === 1 ? bodies[0] : bodies, options, this.#form);
      return;
    }
    await this.#publish('publishMultipart', topic, bodies, options, ({ subject, body }) => [
      subject,
      ...(body as readonly unknown[]).map((each) => this.#classic.encodeValue(each, `a message on '${topic}'`)),
    ]);
  }

  /** {@link publish}, as every sender has it. */
  send(topic: string, message: unknown, options?: SendOptions): Promise<void> {
    return this.publish(topic, message, options);
  }

  /**
   * Resolves when somebody is subscribed, or so many are, instead of guessing how long that takes.
   * @throws TimeoutError TIMEOUT (after 5,000 ms unless told otherwise); CancelledError ABORTED; ConnectionError CLOSED, BIND_FAILED
   */
  async waitForSubscribers(options: WaitForSubscribersOptions = {}): Promise<void> {
    checkOptions('waitForSubscribers', options, WAIT_FOR_OPTIONS);
    await this.open();
    const { topic, count = 1, timeoutMs = DEFAULTS.requestTimeoutMs } = options;
    if (this.#audience.count(topic) >= count) return;
    const who = count === 1 ? 'nobody' : `fewer than ${String(count)} have`;
    const what = topic === undefined ? `${who} subscribed` : `${who} subscribed to '${topic}'`;
    const waiter = new Waiter<void>(what, { timeoutMs, signal: options.signal }, (gone) => this.#waiters.delete(gone));
    if (!waiter.settled) this.#waiters.set(waiter, { topic, count });
    await waiter.promise;
  }

  /** Who is subscribed, with exact patterns. A plain SUB socket tells only its prefixes, and counts once for each. */
  subscribers(): SubscriberInfo[] {
    return this.#audience.list();
  }

  /** The prefixes that peers are subscribed to on the wire, and how many times each. */
  subscriptions(): Record<string, number> {
    return this.#audience.prefixes;
  }

  protected describeRecord({ topic = '' }: OutgoingRecord): string {
    return `message on '${topic}'`;
  }

  protected override socketSettings(): Partial<SocketSettings> {
    return {
      highWaterMark: this.options.highWaterMark ?? DEFAULTS.publishHighWaterMark,
      noDrop: this.outboxPolicy === 'wait' || this.outboxPolicy === 'reject',
    };
  }

  protected override get recordsTogether(): number {
    return MESSAGES_TOGETHER;
  }

  protected override get sendsTogether(): boolean {
    return this.isNative;
  }

  /** A publisher without peers publishes to nobody; there is nothing to wait for. */
  protected override get canSend(): boolean {
    return this.hasSocket;
  }

  protected override onOpen(): void {
    this.packets.sender = { id: this.id, epoch: this.#epoch };
  }

  protected override onEncoded(record: OutgoingRecord): void {
    const { topic, headers, codec, body } = record;
    const log = topic === undefined ? undefined : this.#topics.get(topic);
    if (log === undefined) return;
    log.sequence += 1;
    record.id = log.sequence;
    if (this.#keeps > 0) log.keep({ sequence: log.sequence, codec, body, headers }, this.#keeps);
  }

  /** Whoever was told that a message was not sent may publish it again. */
  protected override onUnsent({ topic, id }: OutgoingRecord): void {
    if (topic !== undefined && this.#keeps > 0) this.#topics.get(topic)?.forget(id);
  }

  protected override wantsFrames(): boolean {
    return true;
  }

  protected onFrames(frames: Buffer[]): void {
    const [frame] = frames;
    if (isPacket(frame)) {
      for (const record of this.readRecords(frames, 0).records) this.#takeRecord(record);
      return;
    }
    const prefix = frame?.subarray(1).toString('utf8') ?? '';
    if (frame?.[0] === SUBSCRIBE) this.#subscribed(prefix);
    else if (frame?.[0] === UNSUBSCRIBE) this.#unsubscribed(prefix);
    else this.unreadable(new MessageError('PROTOCOL', 'neither a subscription, nor the end of one, nor a packet'));
  }

  /** At the other end of the one connection of a publisher that connects were all of its subscribers. Of that libzmq tells nothing. */
  protected override onDisconnected(): void {
    if (!this.isBound) for (const prefix of [...this.#audience.subscriptions()]) this.#unsubscribed(prefix);
  }

  protected async drain(until: number): Promise<void> {
    await settledWithin(this.outbox.empty(), until - performance.now());
  }

  protected override onClosed(): void {
    super.onClosed();
    clearTimeout(this.#settling);
    for (const waiter of [...this.#waiters.keys()]) waiter.reject(this.closedError());
  }

  #publish(
    where: string,
    topic: string,
    body: unknown,
    options: SendOptions | undefined,
    form: (message: Message) => Formed,
  ): Promise<void> {
    if (options !== undefined) checkSendOptions(where, options);
    const message: Message = {
      direction: 'outgoing',
      pattern: 'publish',
      subject: topic,
      headers: options?.headers ?? NO_HEADERS,
      body,
      context: undefined,
    };
    return this.#inTurn(this.sendOneWay({ message, options, value: undefined, describe: this.#describe, form }));
  }

  #publishNow(topic: string, message: unknown): Promise<void> {
    const record = this.#recordOf(topic, NO_HEADERS, message);
    return record === undefined ? this.#inTurn(Promise.resolve()) : this.sendNow(record, message, undefined);
  }

  /** Where nobody is subscribed there is nothing to wait for, but whoever publishes in a loop must let subscriptions come in. */
  #inTurn(published: Promise<void>): Promise<void> {
    this.#withoutTurn += 1;
    if (this.#withoutTurn < WITHOUT_A_TURN) return published;
    this.#withoutTurn = 0;
    return published.then(() => new Promise((resolve) => setImmediate(resolve)));
  }

  #formOf({ subject: topic, headers, body }: Message): Formed {
    if (!this.isNative) {
      if (!this.#audience.covers(topic)) return undefined;
      return [topic, this.#classic.encodeValue(body, `a message on '${topic}'`)];
    }
    return this.#recordOf(topic, headers, body);
  }

  /** The record of a message; none if nobody would receive it. It gets its number when nothing can go wrong with it any more. */
  #recordOf(topic: string, headers: Message['headers'], body: unknown): OutgoingRecord | undefined {
    const log = this.#logOf(topic);
    const record = new OutgoingRecord(KIND.message, 0, undefined, copyOf(headers));
    record.topic = topic;
    // What is kept is encoded by itself, and sent as it is kept, even if it is changed afterwards.
    if (this.#keeps > 0 && body !== undefined) {
      const encoded = encodeAlone(this.serializer, body, () => this.describeRecord(record));
      record.codec = encoded.codec;
      record.body = encoded.body === body ? Buffer.from(encoded.body) : encoded.body;
    }
    if (log.isCovered) return record;
    if (this.#keeps > 0) this.recordBytes(record, () => this.describeRecord(record));
    this.onEncoded(record);
    return undefined;
  }

  /** There may be no end of topics, but there must be one of what is remembered. A forgotten one goes on behind every number that it may have had. */
  #forgetOldest(): void {
    if (this.#topics.size < MOST_TOPICS) return;
    for (const [topic, { sequence }] of this.#topics) {
      this.#topics.delete(topic);
      this.#forgottenSequence = Math.max(this.#forgottenSequence, sequence);
      return;
    }
  }

  #logOf(topic: string): TopicLog {
    let log = this.#topics.get(topic);
    if (log === undefined) {
      this.#forgetOldest();
      log = new TopicLog(this.#forgottenSequence);
      this.#topics.set(topic, log);
    }
    const { version } = this.#audience;
    if (log.version !== version) {
      log.version = version;
      log.isCovered = this.#audience.covers(topic);
    }
    return log;
  }

  #subscribed(prefix: string): void {
    if (prefix.startsWith(INBOX_PREFIX)) {
      this.#audience.openInbox(prefix.slice(INBOX_PREFIX.length));
      return;
    }
    this.#audience.subscribe(prefix);
    this.#resolveWaiters();
    this.emit('subscribed', { prefix });
    this.#settling ??= setTimeout(this.#settle, ANNOUNCEMENT_MS + 1);
  }

  /** Some subscriptions have waited long enough for their announcements; others may have come since. */
  readonly #settle = (): void => {
    // Asked first: what is settled from here on is settled for what comes below, too.
    const { isSettling } = this.#audience;
    this.#resolveWaiters();
    this.#warnOfPlainOnes();
    this.#settling = isSettling ? setTimeout(this.#settle, ANNOUNCEMENT_MS + 1) : undefined;
  };

  #unsubscribed(prefix: string): void {
    if (!prefix.startsWith(INBOX_PREFIX)) {
      this.#audience.unsubscribe(prefix);
      this.emit('unsubscribed', { prefix });
      return;
    }
    const id = prefix.slice(INBOX_PREFIX.length);
    if (this.#audience.closeInbox(id)) this.emit('subscriberLeft', { id });
  }

  #takeRecord(record: NativeRecord): void {
    try {
      if (record.kind === KIND.announce) this.#announced(readAnnouncement(decodeBody(record, json, 'an announcement')));
      else if (record.kind === KIND.ping) this.#answerPing(record);
    } catch (error) {
      this.unreadable(error);
    }
  }

  #announced(announcement: Announcement): void {
    const { id, patterns, positions = [] } = announcement;
    if (!this.#audience.hasInbox(id)) {
      throw new MessageError('PROTOCOL', 'an announcement comes behind the subscription to its own inbox topic');
    }
    const { added, isNews } = this.#audience.announce(announcement);
    this.#resolveWaiters();
    if (isNews) this.emit('subscriberJoined', { id, patterns });
    const position = positions.find(({ publisher, epoch }) => publisher === this.id && epoch === this.#epoch);
    if (position !== undefined) {
      const topics = new Map(Object.entries(position.topics));
      this.#replay(id, patterns.map(topicPattern), (topic, log) => log.after(topics.get(topic) ?? 0));
    } else if (this.#retain) {
      this.#replay(id, added, (_topic, { last }) => (last === undefined ? [] : [last]));
    }
    this.#answer(id, position === undefined ? added : []);
  }

  /**
   * The end of what is sent to one subscriber alone, and the sign that this publisher understands announcements.
   * @param begun the patterns that it begins to read now: what was there before is nothing that it could miss, unless it has been sent the last of it.
   */
  #answer(id: string, begun: readonly TopicPattern[]): void {
    const answer = new OutgoingRecord(KIND.announce, 0);
    const numbers =
      this.#keeps > 0 && !this.#retain ? this.#matching(begun).map(([topic, { sequence }]) => [topic, sequence]) : [];
    if (numbers.length > 0) {
      answer.codec = json.name;
      answer.body = JSON.stringify(Object.fromEntries(numbers));
    }
    this.#sendToInbox(id, answer, answer.body?.length);
  }

  #matching(patterns: readonly TopicPattern[]): [topic: string, log: TopicLog][] {
    return [...this.#topics].filter(([topic]) => patterns.some((pattern) => pattern.matches(topic)));
  }

  /** Sends one subscriber what has been kept for it, on its inbox topic, in order. */
  #replay(
    id: string,
    patterns: readonly TopicPattern[],
    choose: (topic: string, log: TopicLog) => readonly KeptMessage[],
  ): void {
    for (const [topic, log] of this.#matching(patterns)) {
      for (const { sequence, codec, body, headers } of choose(topic, log)) {
        const record = new OutgoingRecord(KIND.message, sequence, topic, headers);
        record.codec = codec;
        record.body = body;
        this.#sendToInbox(id, record, body?.length);
      }
    }
  }

  /** The subscriber's id stands where another record has its subject. */
  #answerPing({ subject }: NativeRecord): void {
    if (subject !== undefined && this.#audience.hasAnnounced(subject))
      this.#sendToInbox(subject, new OutgoingRecord(KIND.pong, 0));
  }

  #sendToInbox(id: string, record: OutgoingRecord, bytes = 0): void {
    record.topic = inboxOf(id);
    const notice = this.newControl(record);
    notice.bytes += bytes;
    this.outbox.add(notice);
  }

  #resolveWaiters(): void {
    for (const [waiter, { topic, count }] of this.#waiters) {
      if (this.#audience.count(topic) < count) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #warnOfPlainOnes(): void {
    if (this.#hasWarned || !this.isNative || this.#audience.plainCount === 0) return;
    this.#hasWarned = true;
    this.log.warn(
      { address: this.boundAddress ?? this.address },
      "a subscriber has not announced itself: a plain SUB socket, which cannot read native packets. Publish with dialect: 'classic' for those",
    );
  }
}

const NO_HEADERS: Message['headers'] = Object.freeze({});

/** Headers as they are now, whatever becomes of the object that they were given in. */
function copyOf(headers: Message['headers']): Message['headers'] {
  return headers === NO_HEADERS ? headers : { ...headers };
}

const WAIT_FOR_OPTIONS = { ...WAIT_OPTIONS, topic: option.string, count: option.limit };
