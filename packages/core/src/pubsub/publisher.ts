import type { Message } from '../contract/message.js';
import type { Sender, SendOptions } from '../contract/sender.js';
import { DEFAULTS } from '../defaults.js';
import { badOption, checkOptions, describe, option } from '../options.js';
import type { EndpointEvents } from '../sockets/endpoint.js';
import { checkName, checkSendOptions, SendingEndpoint } from '../sockets/sending-endpoint.js';
import type { EndpointOptions } from '../sockets/endpoint-options.js';
import type { Frame, SocketSettings } from '../sockets/open-socket.js';
import { settledWithin, WAIT_OPTIONS, Waiter, type WaitOptions } from '../timing/wait.js';
import { ClassicCodec } from '../wire/classic/envelope.js';
import { PrefixCounts } from './prefix-counts.js';

/** What a publisher reports beside what every endpoint does. */
export interface PublisherEvents extends EndpointEvents {
  /** A peer has subscribed. The prefix is what is known of its topics; the empty one stands for all. */
  subscribed: { readonly prefix: string };
  /** A peer has unsubscribed, or is gone. */
  unsubscribed: { readonly prefix: string };
}

/** For {@link Publisher.waitForSubscribers}. */
export interface WaitForSubscribersOptions extends WaitOptions {
  /**
   * The topic that somebody must be subscribed to.
   * @defaultValue any topic
   */
  topic?: string | undefined;
}

const SUBSCRIBE = 1;
const UNSUBSCRIBE = 0;

/**
 * Publishes messages on topics, to whoever is subscribed. Nobody subscribed is no error: the message is then for nobody.
 *
 * With the policies `drop-oldest` (the default) and `drop-newest` a subscriber that is too slow loses messages, and holds up nobody else.
 * With `wait` and `reject` nothing is lost, and the slowest subscriber sets the pace for all.
 * @example
 * ```ts
 * const publisher = await new Publisher({ address: 'tcp://127.0.0.1:5555' }).connect();
 * await publisher.waitForSubscribers({ topic: 'news' });
 * await publisher.publish('news', { title: 'hello' });
 * ```
 */
export class Publisher extends SendingEndpoint<PublisherEvents> implements Sender {
  readonly #codec: ClassicCodec;
  readonly #subscribed = new PrefixCounts();
  readonly #waiters = new Map<Waiter<void>, string | undefined>();

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: EndpointOptions) {
    super({ name: 'Publisher', socket: 'xpub', bind: true, policy: 'drop-oldest' }, options);
    this.#codec = new ClassicCodec(this.serializer);
  }

  /**
   * Publishes a message. Resolves when the transport has it.
   * @throws SerializationError ENCODE; ConnectionError BACKPRESSURE, CLOSED, BIND_FAILED; TimeoutError TIMEOUT; CancelledError ABORTED
   */
  async publish(topic: string, message: unknown, options: SendOptions = {}): Promise<void> {
    await this.#publish('publish', topic, message, options, (body) => [
      this.#codec.encodeValue(body, `a message on '${topic}'`),
    ]);
  }

  /** Publishes several bodies as one message: its subscribers get an array. (One body arrives as itself: on the wire there is no difference.) @throws as {@link publish} does */
  async publishMultipart(topic: string, messages: readonly unknown[], options: SendOptions = {}): Promise<void> {
    if (!Array.isArray(messages) || messages.length === 0) {
      throw badOption(
        `publishMultipart: messages must be an array with one element or more, not ${describe(messages)}`,
      );
    }
    await this.#publish('publishMultipart', topic, messages, options, (bodies) =>
      (bodies as readonly unknown[]).map((body) => this.#codec.encodeValue(body, `a message on '${topic}'`)),
    );
  }

  /** {@link publish}, as every sender has it. */
  send(topic: string, message: unknown, options?: SendOptions): Promise<void> {
    return this.publish(topic, message, options);
  }

  /**
   * Resolves when somebody is subscribed, instead of guessing how long that takes.
   * @throws TimeoutError TIMEOUT (after 5,000 ms unless told otherwise); CancelledError ABORTED; ConnectionError CLOSED, BIND_FAILED
   */
  async waitForSubscribers(options: WaitForSubscribersOptions = {}): Promise<void> {
    checkOptions('waitForSubscribers', options, { ...WAIT_OPTIONS, topic: option.string });
    await this.open();
    const { topic, timeoutMs = DEFAULTS.requestTimeoutMs } = options;
    if (this.#subscribed.covers(topic)) return;
    const what = topic === undefined ? 'nobody subscribed' : `nobody subscribed to '${topic}'`;
    const waiter = new Waiter<void>(what, { timeoutMs, signal: options.signal }, (gone) => this.#waiters.delete(gone));
    if (!waiter.settled) this.#waiters.set(waiter, topic);
    await waiter.promise;
  }

  /** The prefixes that peers are subscribed to, and how many times each. */
  subscriptions(): Record<string, number> {
    return this.#subscribed.list();
  }

  protected override socketSettings(): Partial<SocketSettings> {
    return {
      highWaterMark: this.options.highWaterMark ?? DEFAULTS.publishHighWaterMark,
      noDrop: this.outboxPolicy === 'wait' || this.outboxPolicy === 'reject',
    };
  }

  /** A publisher without peers publishes to nobody; there is nothing to wait for. */
  protected override get canSend(): boolean {
    return this.hasSocket;
  }

  protected override wantsFrames(): boolean {
    return true;
  }

  protected onFrames(frames: Buffer[]): void {
    const [frame] = frames;
    const prefix = frame?.subarray(1).toString('utf8') ?? '';
    if (frame?.[0] === SUBSCRIBE) {
      this.#subscribed.add(prefix);
      for (const [waiter, topic] of this.#waiters) {
        if (!this.#subscribed.covers(topic)) continue;
        this.#waiters.delete(waiter);
        waiter.resolve();
      }
      this.emit('subscribed', { prefix });
    } else if (frame?.[0] === UNSUBSCRIBE) {
      this.#subscribed.remove(prefix);
      this.emit('unsubscribed', { prefix });
    } else {
      this.unreadable(new Error('neither a subscription nor the end of one'));
    }
  }

  protected async drain(until: number): Promise<void> {
    await settledWithin(this.outbox.empty(), until - performance.now());
  }

  protected override onClosed(): void {
    super.onClosed();
    for (const waiter of [...this.#waiters.keys()]) waiter.reject(this.closedError());
  }

  async #publish(
    where: string,
    topic: string,
    body: unknown,
    options: SendOptions,
    encode: (body: unknown) => Uint8Array[],
  ): Promise<void> {
    checkName(where, 'topic', topic);
    checkSendOptions(where, options);
    const message: Message = {
      direction: 'outgoing',
      pattern: 'publish',
      subject: topic,
      headers: options.headers ?? {},
      body,
      context: undefined,
    };
    await this.sendOneWay({
      message,
      options,
      describe: ({ subject }) => `message on '${subject}'`,
      encode: (out): Frame[] => [out.subject, ...encode(out.body)],
    });
  }
}
