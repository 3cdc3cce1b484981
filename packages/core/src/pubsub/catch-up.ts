/** Delivers something that was held. A promise that it returns is awaited before the next. */
type Delivery = () => void | Promise<void>;

interface Held {
  deliveries: Delivery[];
  /** Those before {@link deliveries} whose turn has come, and how many of them have been delivered. */
  begun: Delivery[];
  done: number;
  isDelivering: boolean;
  /** The announcement whose answer is waited for; none, when it is waited no longer. */
  awaited: number | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** How long a publisher may be silent before it has sent all that was missed. Then what it has published since is delivered without. */
const CATCH_UP_MS = 2_000;

/** What comes from publishers that are still to send what was missed: it is delivered behind that. */
export class CatchUp {
  readonly #held = new Map<string, Held>();
  readonly #isReading: () => boolean;

  /** @param isReading whether what has arrived is being read. While it is not, nobody is late. */
  constructor(isReading: () => boolean) {
    this.#isReading = isReading;
  }

  /** From now on, what comes from these publishers is held until each has answered an announcement, but not for ever. */
  begin(publishers: readonly string[], announcement: number): void {
    for (const publisher of publishers) {
      let held = this.#held.get(publisher);
      if (held === undefined) {
        held = { deliveries: [], begun: [], done: 0, isDelivering: false, awaited: undefined, timer: undefined };
        this.#held.set(publisher, held);
      }
      held.awaited = announcement;
      clearTimeout(held.timer);
      this.#wait(publisher, held);
    }
  }

  /** Holds a delivery back, if its publisher is still to answer. @returns whether it does */
  holds(publisher: string | undefined, deliver: Delivery): boolean {
    const held = publisher === undefined ? undefined : this.#held.get(publisher);
    held?.deliveries.push(deliver);
    return held !== undefined;
  }

  /** A publisher is sending what was missed: it is not late as long as it goes on. */
  goesOn(publisher: string): void {
    this.#held.get(publisher)?.timer?.refresh();
  }

  /** A publisher has answered an announcement: delivers what was held, in order, and what comes meanwhile. Resolves when that is done. */
  async end(publisher: string, announcement: number): Promise<void> {
    const held = this.#held.get(publisher);
    if (held?.awaited !== undefined && announcement >= held.awaited) await this.#release(publisher, held);
  }

  /** Delivers what is held, whoever has not answered. */
  endAll(): void {
    for (const [publisher, held] of [...this.#held]) void this.#release(publisher, held);
  }

  async #release(publisher: string, held: Held): Promise<void> {
    clearTimeout(held.timer);
    held.timer = undefined;
    held.awaited = undefined;
    if (held.isDelivering) return;
    held.isDelivering = true;
    while (!isAwaited(held)) {
      const next = nextOf(held);
      if (next === undefined) {
        this.#held.delete(publisher);
        break;
      }
      const delivered = next();
      if (delivered !== undefined) await delivered;
    }
    held.isDelivering = false;
  }

  #wait(publisher: string, held: Held): void {
    held.timer = setTimeout(() => {
      if (this.#isReading()) void this.#release(publisher, held);
      else this.#wait(publisher, held);
    }, CATCH_UP_MS);
  }
}

/** It may be once more, while what was held is delivered. */
function isAwaited({ awaited }: Held): boolean {
  return awaited !== undefined;
}

function nextOf(held: Held): Delivery | undefined {
  if (held.done === held.begun.length) {
    held.begun = held.deliveries;
    held.deliveries = [];
    held.done = 0;
  }
  held.done += 1;
  return held.begun[held.done - 1];
}
