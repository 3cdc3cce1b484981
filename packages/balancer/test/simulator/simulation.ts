import { SeededRandom } from '@liberzmq-tooling/testkit';
import { EventQueue, type ScheduledEvent } from './event-queue.js';

// What happens in this world may have another one.
const nextTurn = setImmediate;

/** A world with a clock of its own, in which time passes from event to event. With the same seed the same happens. */
export class Simulation {
  readonly #seeds: SeededRandom;
  readonly #queue = new EventQueue();
  /** What waits for the next turn of the event loop, where that is counted. */
  immediates = 0;
  #nowMs = 0;
  #scheduled = 0;
  #forks = 0;

  constructor(seed: number) {
    this.#seeds = new SeededRandom(seed);
  }

  /** The time in this world, in ms; it begins at 0. */
  get now(): number {
    return this.#nowMs;
  }

  /** A generator for one part of the world: what one part draws changes nothing for the others. */
  fork(): SeededRandom {
    this.#forks += 1;
    return this.#seeds.fork(this.#forks);
  }

  /**
   * Has something happen at a time. What is due at the same time happens in the order in which it was scheduled.
   * @throws RangeError for a time that is past.
   */
  at(timeMs: number, run: () => void): ScheduledEvent {
    if (!(timeMs >= this.#nowMs)) throw new RangeError(`it is ${this.#nowMs} ms already, ${timeMs} ms is past`);
    const event = { timeMs, order: this.#scheduled, run };
    this.#scheduled += 1;
    this.#queue.add(event);
    return event;
  }

  /** Has something happen after a while. */
  after(delayMs: number, run: () => void): ScheduledEvent {
    return this.at(this.#nowMs + delayMs, run);
  }

  /** Keeps something from happening. What has happened or was cancelled may be cancelled again. */
  cancel(event: ScheduledEvent): void {
    event.run = undefined;
  }

  /** Lets time pass, and everything happen that is due by then. With `Infinity` it ends with the last event. */
  run(untilMs: number): void {
    while (this.#step(untilMs));
    this.#passUntil(untilMs);
  }

  /** The same for a world in which somebody waits for promises: after all that happens at one time, what waits for it goes on before the clock does. */
  async runWithPromises(untilMs: number): Promise<void> {
    do await this.#turn();
    while (this.#moment(untilMs));
    this.#passUntil(untilMs);
  }

  /** Lets everything go on that is ready to, by a promise or by `setImmediate`. */
  async #turn(): Promise<void> {
    do await new Promise((resolve) => nextTurn(resolve));
    while (this.immediates > 0);
  }

  #passUntil(untilMs: number): void {
    if (untilMs !== Infinity) this.#nowMs = untilMs;
  }

  /** Lets everything happen that is due next, at one time. @returns whether something was due. */
  #moment(untilMs: number): boolean {
    if (!this.#step(untilMs)) return false;
    while (this.#step(this.#nowMs));
    return true;
  }

  /** @returns whether something was due. */
  #step(untilMs: number): boolean {
    let { first } = this.#queue;
    // What was cancelled does not happen, and nobody waits for it.
    while (first !== undefined && first.run === undefined) {
      this.#queue.shift();
      ({ first } = this.#queue);
    }
    if (first === undefined || first.timeMs > untilMs) return false;
    this.#queue.shift();
    this.#nowMs = first.timeMs;
    first.run?.();
    first.run = undefined;
    return true;
  }
}
