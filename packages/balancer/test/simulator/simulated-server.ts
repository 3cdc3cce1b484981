import { ConnectionError, OverloadedError } from '@liberzmq/core';
import type { SeededRandom } from '@liberzmq-tooling/testkit';
import type { Distribution } from './distributions.js';
import type { Simulation } from './simulation.js';

/** What becomes of a request: the result is the key of the server. */
export type Answer = { readonly result: string } | { readonly error: Error };

/** Is told what has become of a request, once. */
export type OnAnswer = (answer: Answer) => void;

/** How a server is. */
export interface ServerModel {
  readonly key: string;
  /** How many requests it works on at the same time. Others wait, and are served in the order in which they came. */
  readonly workers: number;
  /** How long the work on one request takes, without the waiting. */
  readonly workMs: Distribution;
  /** Which part of the requests fails, once the work on them is done: it is not known whether they have run. None if left out. */
  readonly failureRate?: number;
  /** How many may wait; others are refused at once. Any number if left out. */
  readonly queueLimit?: number;
}

/** How a server is not there: connections to it break at once, what it is sent disappears, or it says that it is about to close. */
export type Absence = 'lost' | 'silent' | 'draining';

/** A server with some workers and a queue. */
export class SimulatedServer {
  readonly #simulation: Simulation;
  readonly #random: SeededRandom;
  readonly #model: ServerModel;
  readonly #result: Answer;
  readonly #refusal: Answer;
  readonly #goodbye: Answer;
  /** What comes of requests that fail. */
  readonly failure: Error;
  /** Those that wait; the ones before `#head` do not any more. */
  #queue: OnAnswer[] = [];
  #head = 0;
  /** Those that are worked on. */
  readonly #underWay = new Set<OnAnswer>();
  #slowness = 1;
  #absence: Absence | undefined;
  /** Which part of the requests fails from now on. */
  failureRate: number;
  /** How many have waited at the same time, at most. */
  longestQueue = 0;
  /** Requests that it has answered with a result. */
  served = 0;
  /** Requests that it has answered with an error, or refused. */
  failed = 0;

  constructor(simulation: Simulation, model: ServerModel) {
    this.#simulation = simulation;
    this.#random = simulation.fork();
    this.#model = model;
    this.#result = { result: model.key };
    this.#refusal = { error: new OverloadedError('OVERLOADED', `${model.key} refuses`) };
    this.#goodbye = { error: new OverloadedError('DRAINING', `${model.key} closes`) };
    this.failure = new ConnectionError('CONNECTION_LOST', `${model.key} fails`);
    this.failureRate = model.failureRate ?? 0;
  }

  get key(): string {
    return this.#model.key;
  }

  /** How many wait. */
  get queued(): number {
    return this.#queue.length - this.#head;
  }

  /** Requests that it has begun and not finished. */
  get working(): number {
    return this.#underWay.size;
  }

  /** How it is not there; `undefined` while it is. */
  get absence(): Absence | undefined {
    return this.#absence;
  }

  /** Takes a request. The answer comes later, or at once if the request is refused; from one that is silent there is none. */
  serve(onAnswer: OnAnswer): void {
    const { workers, queueLimit } = this.#model;
    if (this.#absence !== undefined) this.#break(onAnswer);
    else if (this.working < workers) this.#begin(onAnswer);
    else if (queueLimit === undefined || this.queued < queueLimit) {
      this.#queue.push(onAnswer);
      this.longestQueue = Math.max(this.longestQueue, this.queued);
    } else {
      this.failed += 1;
      onAnswer(this.#refusal);
    }
  }

  /** Is slower for a while, by a factor: work that begins in that time takes so many times as long. */
  brownOut(fromMs: number, untilMs: number, factor: number): void {
    this.#simulation.at(fromMs, () => (this.#slowness *= factor));
    this.#simulation.at(untilMs, () => (this.#slowness /= factor));
  }

  /** Is not there for a while. What it had to do by then is gone. */
  outage(fromMs: number, untilMs: number, absence: Absence): void {
    this.#simulation.at(fromMs, () => {
      this.#absence = absence;
      const gone = [...this.#underWay, ...this.#queue.slice(this.#head)];
      this.#underWay.clear();
      this.#queue = [];
      this.#head = 0;
      for (const onAnswer of gone) this.#break(onAnswer);
    });
    this.#simulation.at(untilMs, () => (this.#absence = undefined));
  }

  #break(onAnswer: OnAnswer): void {
    if (this.#absence === 'silent') return;
    this.failed += 1;
    onAnswer(this.#absence === 'draining' ? this.#goodbye : { error: this.failure });
  }

  #begin(onAnswer: OnAnswer): void {
    this.#underWay.add(onAnswer);
    this.#simulation.after(this.#model.workMs(this.#random) * this.#slowness, () => {
      // It was not there in between.
      if (!this.#underWay.delete(onAnswer)) return;
      this.#beginNext();
      this.#finish(onAnswer);
    });
  }

  #beginNext(): void {
    const next = this.#queue[this.#head];
    if (next === undefined) return;
    this.#head += 1;
    if (this.#head > 1_000 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    this.#begin(next);
  }

  #finish(onAnswer: OnAnswer): void {
    if (this.failureRate > 0 && this.#random.chance(this.failureRate)) {
      this.failed += 1;
      onAnswer({ error: this.failure });
    } else {
      this.served += 1;
      onAnswer(this.#result);
    }
  }
}
