import { slowStartPart } from '../health/slow-start.js';
import { every } from '../timers.js';
import type { Member } from './member.js';

/** Whose members warm up. */
export interface WarmUpOwner {
  members(): Iterable<Member>;
  /** One has all of its weight again. */
  onWarm(member: Member): void;
  /** Weights have grown. */
  onStep(): void;
}

/** In so many steps a member that is back gets its load. */
const STEPS = 20;

/** Gives members that are back their weight little by little. One timer for all, while there are any. */
export class WarmUp {
  readonly #slowStartMs: number;
  readonly #owner: WarmUpOwner;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** @param slowStartMs after how long a member has all of its weight; 0: at once. */
  constructor(slowStartMs: number, owner: WarmUpOwner) {
    this.#slowStartMs = slowStartMs;
    this.#owner = owner;
  }

  begin(member: Member): void {
    if (this.#slowStartMs === 0 || this.#isStopped) return;
    member.warmingSince = performance.now();
    member.weight = member.fullWeight * slowStartPart(0, this.#slowStartMs);
    this.#timer ??= every(this.#slowStartMs / STEPS, this.#step);
  }

  /** For good. */
  stop(): void {
    this.#isStopped = true;
    this.#pause();
  }

  #pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  readonly #step = (): void => {
    const now = performance.now();
    let isAnyWarming = false;
    for (const member of this.#owner.members()) {
      if (member.warmingSince === undefined) continue;
      const part = slowStartPart(now - member.warmingSince, this.#slowStartMs);
      member.weight = member.fullWeight * part;
      if (part < 1) isAnyWarming = true;
      else this.#owner.onWarm(member);
    }
    this.#owner.onStep();
    if (!isAnyWarming) this.#pause();
  };
}
