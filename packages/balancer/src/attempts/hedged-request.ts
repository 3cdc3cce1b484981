import type { LiberZMQError } from '@liberzmq/core';
import { isFinalAnswer, isLastWord } from './retry-rule.js';
import type { RequestRun } from './request-run.js';

/** A request on its way, and what comes of it. */
export interface HedgedAttempt {
  readonly run: RequestRun;
  readonly promise: Promise<unknown>;
}

/** A request that a second member is asked as well when the first one takes long: the answer that comes first is taken, and the other one is cancelled. */
export class HedgedRequest {
  readonly promise: Promise<unknown>;
  /** Ends the waiting for the moment from which on it takes long. */
  takeBack: () => void = () => undefined;
  readonly #underWay = new Set<HedgedAttempt>();
  readonly #second: () => HedgedAttempt | undefined;
  #failure: unknown;
  #resolve!: (result: unknown) => void;
  #reject!: (error: unknown) => void;

  /** @param second asks a second member; nothing if that is not to be. */
  constructor(first: HedgedAttempt, second: () => HedgedAttempt | undefined) {
    this.#second = second;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#add(first);
  }

  /** It takes long. */
  readonly onLate = (): void => {
    const second = this.#second();
    if (second !== undefined) this.#add(second);
  };

  #add(attempt: HedgedAttempt): void {
    this.#underWay.add(attempt);
    attempt.promise.then(
      (result) => {
        this.#end(attempt);
        this.#resolve(result);
        this.#cancelOther();
      },
      (error: unknown) => {
        this.#end(attempt);
        if (isFinalAnswer(error)) {
          this.#reject(error);
          this.#cancelOther();
          return;
        }
        // Of two failures the one that leaves it open whether it has run.
        this.#failure = this.#failure === undefined || isLastWord(error as LiberZMQError) ? error : this.#failure;
        // The other one goes on.
        if (this.#underWay.size === 0) this.#reject(this.#failure);
      },
    );
  }

  #end(attempt: HedgedAttempt): void {
    this.takeBack();
    this.#underWay.delete(attempt);
  }

  #cancelOther(): void {
    for (const { run } of this.#underWay) run.cancel();
  }
}
