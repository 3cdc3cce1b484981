import type { Message, MessageHeaders } from '@liberzmq/core';
import { copyIfData } from './copied-value.js';

/** A result as it is kept to be given again. */
export interface StoredReply {
  readonly result: unknown;
  readonly headers: MessageHeaders;
}

interface Entry extends StoredReply {
  readonly action: string;
  readonly expiresAt: number;
}

/** Answers a request with a copy of a reply, which the steps that it passes may change. */
export function answerWith(message: Message, { result, headers }: StoredReply): void {
  message.answer(copyIfData(result), { ...headers });
}

/** Replies that were given, each for so long. Beyond so many the one goes that was used longest ago. It has no clock: it is told what time it is. */
export class StoredReplies {
  readonly #ttlMs: number;
  readonly #max: number;
  /** Used longest ago to used last. */
  readonly #entries = new Map<string, Entry>();

  constructor(ttlMs: number, max: number) {
    this.#ttlMs = ttlMs;
    this.#max = max;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What is kept for a key, if its time is not up. */
  get(key: string, now: number): StoredReply | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.expiresAt <= now) return undefined;
    this.#entries.set(key, entry);
    return entry;
  }

  set(key: string, action: string, { result, headers }: StoredReply, now: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { action, result, headers, expiresAt: now + this.#ttlMs });
    if (this.#entries.size > this.#max) this.#entries.delete(this.#entries.keys().next().value ?? '');
  }

  /** Forgets what is kept for an action, or everything. */
  clear(action?: string): void {
    if (action === undefined) this.#entries.clear();
    else for (const [key, entry] of this.#entries) if (entry.action === action) this.#entries.delete(key);
  }
}
