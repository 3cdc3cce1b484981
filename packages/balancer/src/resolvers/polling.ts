import { Backoff } from '@liberzmq/core/resilience';
import type { MemberOptions } from '../members/member-options.js';
import { Changes } from './changes.js';
import { Rechecks } from './rechecks.js';
import type { ResolverListener, ResolverWatch } from './resolver.js';

/** So much an interval is shorter or longer by chance, so that those who were started together do not ask together. */
const JITTER = 0.1;

/** The longest pause after a first failure, in ms; where the interval is shorter, that. */
const FIRST_PAUSE_MS = 1_000;

/** The longest pause after failures, in ms, where the interval is longer. */
const LONGEST_PAUSE_MS = 30_000;

/** More than a timer of Node takes would be no time at all. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

/** What is asked again and again. */
export interface Question {
  /**
   * Finds out who the members are.
   * @param report to be called with what went wrong where some of it could be found out all the same.
   * @returns nothing where it is not known
   */
  ask(report: (error: unknown) => void): Promise<readonly MemberOptions[] | undefined>;
  /** Ends what is under way, the result of which is not wanted any more. */
  readonly cancel?: (() => void) | undefined;
}

/** Asks at once, and then every so often: sooner after failures, with pauses that grow up to the interval, and when the list may be out of date. */
export class Polling implements ResolverWatch {
  readonly #question: Question;
  readonly #intervalMs: number;
  readonly #listener: ResolverListener;
  readonly #changes: Changes;
  readonly #backoff: Backoff;
  readonly #rechecks: Rechecks;
  #timer: NodeJS.Timeout | undefined;
  /** When it asks next, on the clock of `performance.now()`. */
  #dueAt = Infinity;
  #isAsking = false;
  #isClosed = false;

  /** @param intervalMs above 0; `Infinity`: until there is an answer. */
  constructor(question: Question, intervalMs: number, listener: ResolverListener) {
    this.#question = question;
    this.#intervalMs = intervalMs;
    this.#listener = listener;
    this.#changes = new Changes(listener);
    const longest = Math.min(LONGEST_PAUSE_MS, intervalMs);
    this.#backoff = new Backoff({ baseMs: Math.min(FIRST_PAUSE_MS, intervalMs), maxMs: longest });
    this.#rechecks = new Rechecks(longest);
    void this.#ask();
  }

  refresh(): void {
    if (this.#isClosed) return;
    const pauseMs = this.#rechecks.begin(performance.now());
    // An answer that is on its way may be older than what has happened: what follows it is asked soon.
    if (!this.#isAsking && performance.now() + pauseMs < this.#dueAt) this.#askAfter(pauseMs);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#question.cancel?.();
    return Promise.resolve();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    this.#rechecks.asked(performance.now());
    let failures = 0;
    const report = (error: unknown): void => {
      failures += 1;
      if (!this.#isClosed) this.#listener.onError(error);
    };
    const members = await this.#question.ask(report).catch(report);
    this.#isAsking = false;
    if (this.#isClosed) return;
    if (members !== undefined && this.#changes.tell(members)) this.#rechecks.end();
    this.#askAfter(failures > 0 ? this.#backoff.failed() : this.#pause());
  }

  #pause(): number {
    this.#backoff.succeeded();
    return this.#rechecks.next() ?? this.#intervalMs * (1 - JITTER + 2 * JITTER * Math.random());
  }

  #askAfter(pauseMs: number): void {
    clearTimeout(this.#timer);
    this.#dueAt = performance.now() + pauseMs;
    // Whoever was told of a list may have closed the watch.
    if (pauseMs === Infinity || this.#isClosed) return;
    // Who waits for an answer has a timer of his own: this one keeps nobody alive.
    this.#timer = setTimeout(() => void this.#ask(), Math.min(pauseMs, LONGEST_TIMER_MS)).unref();
  }
}
