import type { CloseOptions, Sender, SendOptions } from '@liberzmq/core';
import { badOption, checkOptions, option } from '@liberzmq/core/options';
import { closedError, Closing } from '@liberzmq/core/requesters';
import { ConflatedMessages, keyOf, type KeyOf } from './conflated-messages.js';
import type { SenderLayer } from './sender-layer.js';

/** For {@link debounce}. */
export interface DebounceOptions {
  /** How long nothing newer must have come before a message is sent, in ms: a whole number from 1 on. */
  waitMs: number;
  /**
   * The longest that a key keeps silent while messages keep coming, in ms. At least `waitMs`.
   * @defaultValue Infinity: whoever debounces wants the end of a burst. Set it where messages may never stop coming
   */
  maxWaitMs?: number | undefined;
  /**
   * Which messages take each other's place: those of the same key.
   * @defaultValue the subject, which is the topic or the type of the task
   */
  by?: KeyOf | undefined;
}

/**
 * A layer around a sender that sends a message when nothing newer has come for a while: of a burst only the last. A message that a newer one has taken the
 * place of is not sent; its promise settles with that of the newer one. What waits is kept uncopied.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const settings = debounce({ waitMs: 200, maxWaitMs: 2_000 })(publisher);
 * ```
 */
export function debounce(options: DebounceOptions): SenderLayer {
  const checks = { waitMs: option.finiteDurationAboveZero, maxWaitMs: option.duration, by: option.callback };
  checkOptions('debounce', options, checks, ['waitMs']);
  const { waitMs, maxWaitMs = Infinity } = options;
  if (maxWaitMs < waitMs) throw badOption(`debounce: maxWaitMs (${maxWaitMs}) is less than waitMs (${waitMs})`);
  return (inner) => new DebouncedSender(inner, { ...options, maxWaitMs });
}

/** A burst that has not ended. */
interface Burst {
  dueAt: number;
  readonly dueAtLatest: number;
  timer: NodeJS.Timeout | undefined;
}

/** A sender that waits until a key has calmed down. */
class DebouncedSender implements Sender {
  readonly #inner: Sender;
  readonly #options: DebounceOptions & { maxWaitMs: number };
  readonly #messages: ConflatedMessages;
  readonly #bursts = new Map<string, Burst>();
  readonly #closing = new Closing('its layer');

  constructor(inner: Sender, options: DebounceOptions & { maxWaitMs: number }) {
    this.#inner = inner;
    this.#options = options;
    this.#messages = new ConflatedMessages(inner, (key) => {
      this.#forget(key);
    });
  }

  async send(subject: string, data: unknown, options?: SendOptions): Promise<void> {
    const { by, waitMs, maxWaitMs } = this.#options;
    this.#closing.refuse(`the message on '${subject}'`);
    const key = keyOf('debounce', by, subject, data);
    const sent = this.#messages.put(key, subject, data, options);
    const now = performance.now();
    const burst = this.#bursts.get(key);
    if (burst === undefined) this.#begin(key, { dueAt: now + waitMs, dueAtLatest: now + maxWaitMs, timer: undefined });
    else burst.dueAt = Math.min(now + waitMs, burst.dueAtLatest);
    return sent;
  }

  /** Sends what waits, and closes the inner sender. With no time for that, what waits is dropped. */
  close(options?: CloseOptions): Promise<void> {
    return this.#closing.begin(options, (timeoutMs) => {
      for (const key of [...this.#bursts.keys()]) this.#forget(key);
      if (timeoutMs > 0) this.#messages.handOverAll();
      else this.#messages.dropAll(closedError('it was closed before the message was sent', 'not-sent'));
      return this.#inner.close(options);
    });
  }

  #begin(key: string, burst: Burst): void {
    this.#bursts.set(key, burst);
    // A message only puts off the time; the timer finds out when it is up. That is cheaper than a new timer for each message.
    const look = (): void => {
      const left = burst.dueAt - performance.now();
      if (left > 0) burst.timer = setTimeout(look, Math.ceil(left));
      else this.#end(key);
    };
    burst.timer = setTimeout(look, this.#options.waitMs);
  }

  #end(key: string): void {
    this.#forget(key);
    this.#messages.handOver(key);
  }

  #forget(key: string): void {
    clearTimeout(this.#bursts.get(key)?.timer);
    this.#bursts.delete(key);
  }
}
