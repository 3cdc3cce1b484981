import type { CloseOptions, Sender, SendOptions } from '@liberzmq/core';
import { checkOptions, option } from '@liberzmq/core/options';
import { closedError, Closing } from '@liberzmq/core/requesters';
import { ConflatedMessages, keyOf, type KeyOf } from './conflated-messages.js';
import type { SenderLayer } from './sender-layer.js';

/** For {@link throttle}. */
export interface ThrottleOptions {
  /** A key's messages are sent at least so far apart, in ms: a whole number from 1 on. */
  intervalMs: number;
  /**
   * Which messages take each other's place: those of the same key.
   * @defaultValue the subject, which is the topic or the type of the task
   */
  by?: KeyOf | undefined;
  /**
   * Whether the last message of an interval is sent when that ends. With `false` all but the first of an interval are dropped, and their sends resolve at once.
   * @defaultValue true: the last value is the one that stays true
   */
  trailing?: boolean | undefined;
}

/**
 * A layer around a sender that sends no more than one message in each interval: the first at once, and at the end of the interval the newest of those that came
 * meanwhile. A message that a newer one has taken the place of is not sent; its promise settles with that of the newer one. What waits is kept uncopied.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const prices = throttle({ intervalMs: 100 })(publisher);
 * ```
 */
export function throttle(options: ThrottleOptions): SenderLayer {
  const checks = { intervalMs: option.finiteDurationAboveZero, by: option.callback, trailing: option.boolean };
  checkOptions('throttle', options, checks, ['intervalMs']);
  return (inner) => new ThrottledSender(inner, options);
}

/** A sender that takes a rest after each message of a key. */
class ThrottledSender implements Sender {
  readonly #inner: Sender;
  readonly #options: ThrottleOptions;
  readonly #messages: ConflatedMessages;
  /** The intervals that run. They keep the process alive only while something waits for their end. */
  readonly #intervals = new Map<string, NodeJS.Timeout>();
  readonly #closing = new Closing('its layer');

  constructor(inner: Sender, options: ThrottleOptions) {
    this.#inner = inner;
    this.#options = options;
    this.#messages = new ConflatedMessages(inner, (key) => {
      this.#intervals.get(key)?.unref();
    });
  }

  async send(subject: string, data: unknown, options?: SendOptions): Promise<void> {
    const { by, trailing = true } = this.#options;
    this.#closing.refuse(`the message on '${subject}'`);
    const key = keyOf('throttle', by, subject, data);
    const interval = this.#intervals.get(key);
    if (interval === undefined) {
      this.#begin(key);
      return this.#inner.send(subject, data, options);
    }
    if (!trailing) return undefined;
    const sent = this.#messages.put(key, subject, data, options);
    interval.ref();
    return sent;
  }

  /** Sends what waits, and closes the inner sender. With no time for that, what waits is dropped. */
  close(options?: CloseOptions): Promise<void> {
    return this.#closing.begin(options, (timeoutMs) => {
      for (const interval of this.#intervals.values()) clearTimeout(interval);
      this.#intervals.clear();
      if (timeoutMs > 0) this.#messages.handOverAll();
      else this.#messages.dropAll(closedError('it was closed before the message was sent', 'not-sent'));
      return this.#inner.close(options);
    });
  }

  #begin(key: string): void {
    const interval = setTimeout(() => {
      this.#end(key);
    }, this.#options.intervalMs);
    this.#intervals.set(key, interval.unref());
  }

  #end(key: string): void {
    this.#intervals.delete(key);
    if (!this.#messages.has(key)) return;
    this.#begin(key);
    this.#messages.handOver(key);
  }
}
