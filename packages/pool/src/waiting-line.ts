import { LinkedQueue } from '@liberzmq/core/requesters';
import type { Waiter } from './waiter.js';

const MOST_RANKS = 16;

/** Those who wait with one priority. */
interface Rank<L> {
  readonly priority: number;
  readonly queue: LinkedQueue<Waiter<L>>;
}

/** Waiters, the more important ones first, and of equal ones those who came first. Whoever leaves does so in constant time. */
export class WaitingLine<L> {
  /** Of each priority that somebody has waited with lately, the highest first. */
  #ranks: Rank<L>[] = [{ priority: 0, queue: new LinkedQueue() }];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): Waiter<L> | undefined {
    for (const { queue } of this.#ranks) if (queue.first !== undefined) return queue.first;
    return undefined;
  }

  append(waiter: Waiter<L>): void {
    this.#queueOf(waiter.priority).append(waiter);
    this.#size += 1;
  }

  /** @param waiter one that is in the line. */
  remove(waiter: Waiter<L>): void {
    this.#queueOf(waiter.priority).remove(waiter);
    this.#size -= 1;
    // Few programs have many priorities; those that make them up are not to make the line slow.
    if (this.#ranks.length > MOST_RANKS) this.#ranks = this.#ranks.filter(({ queue }) => queue.size > 0);
  }

  *[Symbol.iterator](): Generator<Waiter<L>> {
    for (const { queue } of this.#ranks) {
      for (let { first } = queue; first !== undefined; first = first.queueNext) yield first;
    }
  }

  #queueOf(priority: number): LinkedQueue<Waiter<L>> {
    for (const rank of this.#ranks) if (rank.priority === priority) return rank.queue;
    const rank = { priority, queue: new LinkedQueue<Waiter<L>>() };
    this.#ranks.push(rank);
    this.#ranks.sort((a, b) => b.priority - a.priority);
    return rank.queue;
  }
}
