import { AsyncLocalStorage } from 'node:async_hooks';
import type { Message } from '@liberzmq/core';
import type { Keyed } from './known-keys.js';
import { answerWith, type StoredReply } from './stored-replies.js';

type Next = () => Promise<void>;

/** A request that waits for the run of another one. */
interface Waiting {
  readonly message: Message;
  readonly next: Next;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Who keeps a run. */
export interface RunOwner {
  /** A request is run now: what comes of it concerns this run. */
  onBegun(run: SharedRun, message: Message): void;
  /** The handler has ended, and there is no reply yet. Whether there will be one, nobody knows: a step may lose it. */
  onEnded(run: SharedRun): void;
  onSucceeded(run: SharedRun): void;
  /** It has failed, and nobody wants to try. */
  onFailed(run: SharedRun): void;
}

/** One run for all requests of a key, those that come while it runs and those that come later. */
export class SharedRun implements Keyed {
  readonly key: string;
  readonly holder: string | undefined;
  readonly #owner: RunOwner;
  readonly #waiting: Waiting[] = [];
  #runner: Message | undefined;
  #reply: StoredReply | undefined;
  #isOver = false;

  constructor({ key, holder }: Keyed, owner: RunOwner) {
    this.key = key;
    this.holder = holder;
    this.#owner = owner;
  }

  /** Runs it for this request. */
  begin(message: Message, next: Next): Promise<void> {
    this.#runner = message;
    this.#owner.onBegun(this, message);
    const done = next();
    done.then(
      () => {
        if (!this.#isOver) this.#owner.onEnded(this);
      },
      (error: unknown) => {
        this.fail(message, error);
      },
    );
    return done;
  }

  /** Gives a request what has come of it, or will. */
  join(message: Message, next: Next): void | Promise<void> {
    if (this.#reply === undefined) {
      // It may be called when another request has failed, whose context is none of this one's business.
      const nextHere = AsyncLocalStorage.bind(next);
      return new Promise((resolve, reject) => this.#waiting.push({ message, next: nextHere, resolve, reject }));
    }
    answerWith(message, this.#reply);
    return undefined;
  }

  /** The reply is there. */
  succeed(reply: StoredReply): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reply = reply;
    this.#owner.onSucceeded(this);
    for (const { message, resolve } of this.#waiting.splice(0)) {
      answerWith(message, reply);
      resolve();
    }
  }

  /** A request of it has failed. If that is because its caller is gone, one who still waits for the result has it run; else all have the same error. */
  fail(message: Message, error: unknown): void {
    if (this.#isOver || message !== this.#runner) return;
    if (isGone(message) && this.#handOver()) return;
    this.#isOver = true;
    this.#owner.onFailed(this);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** @returns whether somebody has taken it */
  #handOver(): boolean {
    const at = this.#waiting.findIndex(({ message }) => !isGone(message));
    const [heir] = at === -1 ? [] : this.#waiting.splice(at, 1);
    if (heir === undefined) return false;
    this.begin(heir.message, heir.next).then(heir.resolve, heir.reject);
    return true;
  }
}

/** Whether the caller of a request waits no longer. */
export function isGone({ context }: Message): boolean {
  return context?.signal.aborted === true;
}
