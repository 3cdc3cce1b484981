import { ConnectionError, type LiberZMQError, type Outcome } from '@liberzmq/core';
import { closedError, Wait, type Limits } from '@liberzmq/core/requesters';
import { LONGEST_TIMER_MS } from '../timers.js';
import type { Member } from '../members/member.js';

/** Of whom those that wait are to be told. */
export interface WaitingOwner {
  members(): readonly Member[];
  /** Why there are no members at all, in a few words. */
  whyNobody(): string;
}

/** What waits. */
export interface Waiting {
  /** As errors say it: `request 'add'`. */
  readonly what: string;
  readonly limits: Limits;
  /** What was said of it before, with which it fails when its time is up. */
  readonly lastError: LiberZMQError | undefined;
  /** What is known of it now. */
  readonly outcome: Outcome;
}

/** Requests that wait: until there is somebody to ask, or until it is time to ask again. */
export class WaitingRequests {
  readonly #owner: WaitingOwner;
  readonly #forMembers = new Map<Wait<void>, Waiting>();
  readonly #forTime = new Map<Wait<void>, Waiting>();
  #isHurried = false;

  constructor(owner: WaitingOwner) {
    this.#owner = owner;
  }

  /** Those that wait for somebody to ask. */
  get size(): number {
    return this.#forMembers.size;
  }

  /** Waits for {@link goOn}. It fails with UNREACHABLE when its time is up, if nothing was said before. */
  forMember(waiting: Waiting): Wait<void> {
    return this.#add(this.#forMembers, waiting, 'waited for a server that can be reached');
  }

  /** Waits for so many ms, or for {@link hurry}. */
  forTime(waiting: Waiting, ms: number): Wait<void> {
    const timer = setTimeout(
      () => {
        wait.resolve();
      },
      Math.min(ms, LONGEST_TIMER_MS),
    );
    const wait = this.#add(this.#forTime, waiting, 'waited to be tried again', () => {
      clearTimeout(timer);
    });
    if (this.#isHurried) wait.resolve();
    return wait;
  }

  /** There is somebody to ask. */
  goOn(): void {
    for (const wait of [...this.#forMembers.keys()]) wait.resolve();
  }

  /** It is time, for all, now and from now on. */
  hurry(): void {
    this.#isHurried = true;
    for (const wait of [...this.#forTime.keys()]) wait.resolve();
  }

  /** There will be nobody to ask any more: all that waits for that fails with CLOSED. */
  close(): void {
    for (const [wait, { what, outcome }] of [...this.#forMembers]) {
      wait.reject(closedError(`${what} was not sent any more: this balancer is closed`, outcome));
    }
  }

  #add(waits: Map<Wait<void>, Waiting>, waiting: Waiting, why: string, onOver?: () => void): Wait<void> {
    const { what, limits, lastError, outcome } = waiting;
    const wait = new Wait<void>({
      limits,
      what: `${what} ${why}`,
      outcome,
      expired: () => lastError ?? this.#unreachable(what),
      onOver: (over) => {
        waits.delete(over);
        onOver?.();
      },
    });
    if (!wait.isOver) waits.set(wait, waiting);
    return wait;
  }

  #unreachable(what: string): ConnectionError {
    const members = this.#owner.members().map(({ key, state, lastError }) => ({
      member: key,
      state,
      lastError: lastError instanceof Error ? lastError.message : '',
    }));
    const each = members.map(
      ({ member, state, lastError }) => `${member} is ${state}${lastError && ` (${lastError})`}`,
    );
    const why = each.length === 0 ? this.#owner.whyNobody() : each.join('; ');
    return new ConnectionError('UNREACHABLE', `${what} was not sent: no server could be reached in time: ${why}`, {
      details: { members },
    });
  }
}
