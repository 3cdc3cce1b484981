import { checkOptions, option } from '../options/check-options.js';

/** How many retries there may be. */
export interface RetryBudgetOptions {
  /**
   * Which part of the requests may be tried again, 0 or more: 0.2 allows one retry for five requests. `Infinity` sets no limit, from the first request on.
   * @defaultValue 0.2
   */
  ratio?: number | undefined;
  /**
   * How many retries a second there may be beside that, 0 or more, so that one who seldom asks may try again as well. `Infinity` sets no limit.
   * @defaultValue 10
   */
  perSecond?: number | undefined;
}

const SLOTS = 10;
const SLOT_MS = 1_000;

/**
 * Limits retries to a part of the requests of the last ten seconds, so that those who find a server in trouble do not make it worse: without it, three attempts for
 * each request are three times the load, at the moment when there is least room for it. To be shared by all that ask the same servers.
 * @see the retry budgets of Finagle: https://twitter.github.io/finagle/guide/Clients.html#retries
 */
export class RetryBudget {
  readonly #ratio: number;
  readonly #reserve: number;
  /** Of the last seconds, as a ring: what requests have paid in, and what retries have taken. */
  readonly #paidIn = new Array<number>(SLOTS).fill(0);
  readonly #taken = new Array<number>(SLOTS).fill(0);
  readonly #now: () => number;
  #slot: number;
  /** Requests that belong to no second yet: counting one must cost next to nothing. */
  #requests = 0;

  /**
   * @param now a clock in ms that never goes back.
   * @throws ConfigurationError BAD_OPTION
   */
  constructor(options: RetryBudgetOptions = {}, now: () => number = () => performance.now()) {
    const wanted = (value: unknown): string | undefined =>
      typeof value === 'number' && value >= 0 ? undefined : 'a number, 0 or more';
    checkOptions('RetryBudget', options, { ratio: wanted, perSecond: option.limitOrZero });
    const { ratio = 0.2, perSecond = 10 } = options;
    this.#ratio = ratio;
    this.#reserve = perSecond * SLOTS;
    this.#now = now;
    this.#slot = this.#slotNow();
  }

  /** How many retries there may be at this moment; `Infinity` without a limit. */
  get balance(): number {
    this.#turn();
    // Infinitely often nothing is no number.
    if (this.#ratio === Infinity) return Infinity;
    const paidIn = this.#paidIn.reduce((sum, each) => sum + each, 0);
    const taken = this.#taken.reduce((sum, each) => sum + each, 0);
    return this.#reserve + this.#ratio * paidIn - taken;
  }

  /** A request is sent for the first time. */
  requested(): void {
    this.#requests += 1;
  }

  /** Takes what a retry costs. @returns whether there was enough for it: if not, the request is not to be tried again */
  take(): boolean {
    if (this.balance < 1) return false;
    (this.#taken[this.#slot % SLOTS] as number) += 1;
    return true;
  }

  #slotNow(): number {
    return Math.floor(this.#now() / SLOT_MS);
  }

  /** What was counted since it was looked at last is taken to have come evenly. */
  #turn(): void {
    const slot = this.#slotNow();
    const seconds = slot - this.#slot;
    const oldest = slot - SLOTS + 1;
    for (let next = Math.max(this.#slot + 1, oldest); next <= slot; next += 1) {
      this.#paidIn[next % SLOTS] = 0;
      this.#taken[next % SLOTS] = 0;
    }
    const each = this.#requests / Math.max(1, seconds);
    this.#requests = 0;
    if (seconds === 0) (this.#paidIn[slot % SLOTS] as number) += each;
    for (let past = Math.max(this.#slot, oldest); past < slot; past += 1)
      (this.#paidIn[past % SLOTS] as number) += each;
    this.#slot = slot;
  }
}
