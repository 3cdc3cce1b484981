import type { MessageHeaders, Principal } from '../contract/message.js';
import { DEFAULTS } from '../defaults.js';
import { badOption } from '../options/check-options.js';
import { TopicContext } from '../service/handler-context.js';
import { Mailbox } from '../sockets/mailbox.js';
import { Cancellation } from '../timing/cancellation.js';
import { isThenable } from '../timing/is-thenable.js';
import { settledWithin } from '../timing/wait.js';
import { WorkQueue } from '../timing/work-queue.js';
import type { Received } from './received.js';
import type { TopicHandler } from './subscriber-options.js';
import type { Subscriptions } from './subscriptions.js';

/** Who is told how deliveries fare. */
export interface DeliveriesOwner {
  /** More messages may be wanted than before. */
  onDemand(): void;
  /** A handler has thrown. */
  onFailed(topic: string, error: unknown): void;
  /** No handler takes a message, nobody fetches it, and there is no room to keep it. */
  onUnfetched(received: Received): void;
  /** Something that is there for handlers alone found none at work; the publisher will be asked for it again. */
  onPassedBy(received: Received): void;
  /** The handlers of a message are about to be called. @returns what is to hear that they have ended, if anything is */
  onHandling(received: Received): (() => void) | undefined;
}

/** Gives messages to handlers, or to whoever fetches them. */
export class Deliveries {
  readonly fetched: Mailbox<Received>;
  readonly #owner: DeliveriesOwner;
  readonly #subscriptions: Subscriptions;
  #cancellation = new Cancellation();
  #listening: WorkQueue<Received> | undefined;
  /** Was told to stop, and its handlers may still run. */
  #stopping: WorkQueue<Received> | undefined;
  /** Something came while handlers were not called. */
  #hasPassedBy = false;

  constructor(subscriptions: Subscriptions, owner: DeliveriesOwner) {
    this.#subscriptions = subscriptions;
    this.#owner = owner;
    const onDemand = (): void => {
      owner.onDemand();
    };
    this.fetched = new Mailbox({ limit: DEFAULTS.iteratorBuffer, noun: 'message', onDemand });
  }

  /** Whether another message is wanted now. */
  get wantsMore(): boolean {
    const handlersFull = this.#listening?.wantsMore === false;
    const loopsFull = this.fetched.isWatched && !this.fetched.wantsMore;
    return (this.#listening !== undefined || this.fetched.isWatched) && !handlersFull && !loopsFull;
  }

  /**
   * Calls the handlers from now on, so many messages at a time.
   * @returns whether something may have passed them by before
   * @throws ConfigurationError BAD_OPTION if it does so already
   */
  start(concurrency: number): boolean {
    if (this.#listening !== undefined) throw badOption('startListening: it listens already');
    this.#cancellation = new Cancellation();
    this.#listening = new WorkQueue<Received>(concurrency, {
      work: (item) => this.#handle(item),
      onDemand: () => {
        this.#owner.onDemand();
      },
    });
    if (!this.fetched.isWatched) this.#deliverFetched();
    const hasPassedBy = this.#hasPassedBy;
    this.#hasPassedBy = false;
    return hasPassedBy;
  }

  /** Calls no more handlers. Resolves when those that run have ended, or when the time is up and they have been told. */
  async stop(graceMs: number): Promise<void> {
    const listening = this.#listening ?? this.#stopping;
    if (listening === undefined) return;
    const cancellation = this.#cancellation;
    this.#listening = undefined;
    this.#stopping = listening;
    for (const left of listening.stop()) this.#putBack(left);
    // A loop that was held up by the handlers goes on.
    this.#owner.onDemand();
    if (await settledWithin(listening.idle(), graceMs)) return;
    cancellation.abort(new Error('listening was stopped'));
  }

  /** @param error why what runs is aborted. */
  close(error: Error): void {
    this.#cancellation.abort(error);
    this.fetched.close('receiveMessage');
  }

  put(received: Received): void {
    const listening = this.#listening;
    if (listening === undefined) this.#hasPassedBy = true;
    if (received.isAgain) {
      if (listening === undefined) this.#owner.onPassedBy(received);
      else listening.put(received);
      return;
    }
    if (listening === undefined || this.fetched.isWatched) this.#fetch(received);
    if (listening === undefined) return;
    if (this.#subscriptions.routeOf(received.topic).handlers.length > 0) listening.put(received);
    else if (!this.fetched.isWatched) this.#keepForLater(received);
  }

  contextOf(topic: string, headers: MessageHeaders, peer: string | undefined, principal?: Principal): TopicContext {
    const facts = {
      headers,
      peer,
      principal,
      deadline: Infinity,
      requestId: undefined,
      cancellation: this.#cancellation,
    };
    return new TopicContext(topic, facts);
  }

  #fetch(received: Received): void {
    received.isFetched = true;
    this.fetched.put(received);
  }

  /** No handler was called with it. */
  #putBack(received: Received): void {
    if (received.isAgain) {
      this.#hasPassedBy = true;
      this.#owner.onPassedBy(received);
    } else if (!received.isFetched) this.#fetch(received);
  }

  /** What lies here since before the handlers were called. */
  #deliverFetched(): void {
    for (let left = this.fetched.size; left > 0; left -= 1) {
      const received = this.fetched.shift() as Received;
      received.isFetched = false;
      this.put(received);
    }
  }

  /** What no handler takes while others are at work is kept for a loop that may come, as far as there is room: it must not hold up the handlers. */
  #keepForLater(received: Received): void {
    if (this.fetched.size < DEFAULTS.iteratorBuffer) this.#fetch(received);
    else this.#owner.onUnfetched(received);
  }

  #handle(received: Received): void | Promise<void> {
    const { arrived } = received;
    const tell = this.#owner.onHandling(received);
    const done = arrived === undefined ? this.#callHandlers(received) : arrived.run(() => this.#callHandlers(received));
    if (tell === undefined) return done;
    if (done !== undefined) return done.then(tell);
    tell();
    return undefined;
  }

  /** Neither throws nor rejects. Handlers of one message run one after the other. */
  #callHandlers(received: Received): void | Promise<void> {
    const handlers = this.#handlersOf(received);
    for (let index = 0; index < handlers.length; index += 1) {
      const done = this.#callHandler(handlers[index] as TopicHandler, received);
      if (done !== undefined) return this.#callRest(done, handlers.slice(index + 1), received);
    }
    return undefined;
  }

  #handlersOf({ topic, progress, isAgain }: Received): readonly TopicHandler[] {
    if (progress === undefined) return this.#subscriptions.routeOf(topic).handlers;
    const { handledAt } = progress;
    progress.handledAt = this.#subscriptions.clock;
    return isAgain ? this.#subscriptions.newcomers(topic, handledAt) : this.#subscriptions.routeOf(topic).handlers;
  }

  async #callRest(done: Promise<void>, rest: readonly TopicHandler[], received: Received): Promise<void> {
    await done;
    for (const handler of rest) await this.#callHandler(handler, received);
  }

  #callHandler(handler: TopicHandler, received: Received): void | Promise<void> {
    const { topic, message, headers, publisher, arrived } = received;
    try {
      const result = handler(topic, message, this.contextOf(topic, headers, publisher, arrived?.message.principal));
      if (!isThenable(result)) return undefined;
      return Promise.resolve(result).then(
        () => undefined,
        (error: unknown) => {
          this.#failed(received, error);
        },
      );
    } catch (error) {
      this.#failed(received, error);
      return undefined;
    }
  }

  #failed(received: Received, error: unknown): void {
    received.failure ??= error;
    this.#owner.onFailed(received.topic, error);
  }
}
