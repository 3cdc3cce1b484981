import { after } from '../timers.js';
import type { Member } from './member.js';

/** Members that are left out, and when each of them is to be tried again. */
export class Probations {
  readonly #timers = new Map<Member, NodeJS.Timeout>();
  readonly #onDue: (member: Member) => void;

  /** @param onDue its time is up. */
  constructor(onDue: (member: Member) => void) {
    this.#onDue = onDue;
  }

  /** Begins anew for one that is left out already. @param forMs `Infinity`: it is never tried */
  begin(member: Member, forMs: number): void {
    this.end(member);
    const timer = after(forMs, () => {
      this.#timers.delete(member);
      this.#onDue(member);
    });
    if (timer !== undefined) this.#timers.set(member, timer);
  }

  end(member: Member): void {
    clearTimeout(this.#timers.get(member));
    this.#timers.delete(member);
  }

  /** Ends all of them. */
  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
