import type { Message } from '../contract/message.js';
import type { Sender, SendOptions } from '../contract/sender.js';
import { DEFAULTS } from '../defaults.js';
import { Operation } from '../diagnostics/operation.js';
import { MessageError } from '../errors/error-classes.js';
import { PassingMessage } from '../pipeline/passing-message.js';
import { messageOf } from '../errors/wire-error.js';
import { uuidv7 } from '../ids.js';
import { badOption, checkOptions, describe, option } from '../options/check-options.js';
import type { SocketSettings } from '../sockets/open-socket.js';
import { checkName, checkSendOptions, SendingEndpoint, type OneWayMessage } from '../sockets/sending-endpoint.js';
import { settledWithin } from '../timing/wait.js';
import type { OutgoingRecord } from '../wire/native/outgoing-record.js';
import type { NativeRecord } from '../wire/native/native-record.js';
import { isPacket } from '../wire/native/packet-reader.js';
import { Audience, type SubscriberInfo } from './audience.js';
import { describeRecord, NO_HEADERS, Publications } from './publications.js';
import {
  WAIT_FOR_OPTIONS,
  type PublisherEvents,
  type PublisherOptions,
  type WaitForSubscribersOptions,
} from './publisher-options.js';
import { SubscriberRegister, type RegisterOwner } from './subscriber-register.js';
import { TopicStore } from './topic-store.js';

const SUBSCRIBE = 1;
const UNSUBSCRIBE = 0;
const LONGEST_ID = 255;
/** Messages in a packet: nobody waits for an answer, so that the more the better, until the bytes decide. */
const MESSAGES_TOGETHER = 256;
/** After so many messages that need not wait for anything, the event loop gets its turn. */
const WITHOUT_A_TURN = 256;
const DONE = Promise.resolve();

type Form = OneWayMessage<void>['form'];

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
  readonly #audience = new Audience();
  readonly #publications: Publications;
  readonly #register: SubscriberRegister;
  readonly #givenId: string | undefined;
  readonly #epoch: number;
  readonly #ownId = uuidv7();
  readonly #describe = ({ subject }: Message): string => `message on '${subject}'`;
  readonly #form: Form = (message, prepared) => this.#publications.form(message, prepared);
  readonly #formMany: Form = (message, prepared) => this.#publications.formMany(message, prepared);
  readonly #mayPrepare = (message: Message): boolean => this.#publications.mayPrepare(message);
  readonly #mayPrepareMany = (message: Message): boolean => this.#publications.mayPrepareMany(message);
  #hasWarned = false;
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
    lastEpoch = Math.max(lastEpoch + 1, Date.now());
    this.#epoch = lastEpoch;
    const audience = this.#audience;
    const topics = new TopicStore();
    const keeps = Math.max(history, retain ? 1 : 0);
    this.#publications = new Publications({
      audience,
      topics,
      keeps,
      serializer: () => this.serializer,
      isNative: this.isNative,
      checkSize: (record) => this.recordBytes(record, () => describeRecord(record)),
      sendControl: (record) => {
        this.#sendControl(record);
      },
    });
    this.#register = new SubscriberRegister(this.#registerOwner(retain, keeps), audience, topics);
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
    const [body, form] = bodies.length === 1 ? [bodies[0], this.#form] : [bodies, this.#formMany];
    await this.#publish('publishMultipart', topic, body, options, form);
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
    await this.#register.watch.wait(options);
  }

  /** Who is subscribed, with exact patterns. A plain SUB socket tells only its prefixes, and counts once for each. */
  subscribers(): SubscriberInfo[] {
    return this.#audience.list();
  }

  /** The prefixes that peers are subscribed to on the wire, and how many times each. */
  subscriptions(): Record<string, number> {
    return this.#audience.prefixes;
  }

  protected describeRecord(record: OutgoingRecord): string {
    return describeRecord(record);
  }

  protected override socketSettings(): Partial<SocketSettings> {
    return {
      highWaterMark: this.#highWaterMark,
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
    this.#publications.number(record);
  }

  protected override onUnsent(record: OutgoingRecord): void {
    this.#publications.forget(record);
  }

  protected override wantsFrames(): boolean {
    return true;
  }

  protected onFrames(frames: Buffer[]): void {
    const [frame] = frames;
    if (isPacket(frame)) {
      for (const record of this.readRecords(frames, 0).records) this.#take(record);
      return;
    }
    const prefix = frame?.subarray(1).toString('utf8') ?? '';
    if (frame?.[0] === SUBSCRIBE) this.#register.subscribed(prefix);
    else if (frame?.[0] === UNSUBSCRIBE) this.#register.unsubscribed(prefix);
    else this.unreadable(new MessageError('PROTOCOL', 'neither a subscription, nor the end of one, nor a packet'));
  }

  /** At the other end of the one connection of a publisher that connects were all of its subscribers. Of that libzmq tells nothing. */
  protected override onDisconnected(): void {
    if (!this.isBound) this.#register.allGone();
  }

  protected async drain(until: number): Promise<void> {
    await settledWithin(this.#register.idle(), until - performance.now());
    await settledWithin(this.allSent(), until - performance.now());
  }

  protected override onClosed(): void {
    super.onClosed();
    this.#register.close(this.closedError());
  }

  get #highWaterMark(): number {
    return this.options.highWaterMark ?? (this.isNative ? DEFAULTS.highWaterMark : DEFAULTS.publishHighWaterMark);
  }

  #publish(where: string, topic: string, body: unknown, options: SendOptions | undefined, form: Form): Promise<void> {
    if (options !== undefined) checkSendOptions(where, options);
    const message = new PassingMessage('outgoing', 'publish', topic, options?.headers ?? NO_HEADERS, body, undefined);
    const mayPrepare = form === this.#formMany ? this.#mayPrepareMany : this.#mayPrepare;
    const sending = { message, options, value: undefined, describe: this.#describe, form, mayPrepare };
    return this.#inTurn(this.sendOneWay(sending));
  }

  #publishNow(topic: string, message: unknown): Promise<void> {
    if (Operation.isObserved) Operation.happened(this, 'send', 'publish', topic);
    const publications = this.#publications;
    const { run } = this;
    const log = run?.topic === topic ? publications.growing(run) : undefined;
    if (log !== undefined && this.sendWithRun(message)) {
      log.sequence += 1;
      return this.#inTurn(DONE);
    }
    const record = publications.recordOf(topic, NO_HEADERS, message);
    if (record !== undefined) {
      publications.beginRun(record);
      this.sendNow(record, message);
    }
    return this.#inTurn(DONE);
  }

  /** Where nobody is subscribed there is nothing to wait for, but whoever publishes in a loop must let subscriptions come in. */
  #inTurn(published: Promise<void>): Promise<void> {
    this.#withoutTurn += 1;
    if (this.#withoutTurn < WITHOUT_A_TURN) return published;
    this.#withoutTurn = 0;
    return published.then(() => new Promise((resolve) => setImmediate(resolve)));
  }

  #take(record: NativeRecord): void {
    try {
      this.#register.take(record);
    } catch (error) {
      this.unreadable(error);
    }
  }

  #sendControl(record: OutgoingRecord, bytes = 0): void {
    const notice = this.newControl(record);
    notice.bytes += bytes;
    this.outbox.add(notice);
  }

  #registerOwner(retain: boolean, keeps: number): RegisterOwner {
    const id = (): string => this.id;
    return {
      get id() {
        return id();
      },
      epoch: this.#epoch,
      retain,
      keeps,
      outbox: this.outbox,
      policy: this.outboxPolicy,
      packets: this.packets,
      maxMessageBytes: this.options.maxMessageBytes ?? DEFAULTS.maxMessageBytes,
      highWaterMark: this.#highWaterMark,
      onSent: (messages) => {
        // The packet that they were in has been counted as one.
        this.counter.sentMessages += messages - 1;
      },
      emit: (type, event) => {
        this.emit(type, event);
      },
      sendControl: (record, bytes) => {
        this.#sendControl(record, bytes);
      },
      onSettled: () => {
        this.#warnOfPlainOnes();
      },
    };
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
