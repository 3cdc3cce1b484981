/** Delivers something that was held. A promise that it returns is awaited before the next. */
type Delivery = () => void | Promise<void>;

interface Held {
  readonly deliveries: Delivery[];
  isDelivering: boolean;
}

/** How long a publisher may take to send what was missed, before what it has published since is delivered without. */
const CATCH_UP_MS = 2_000;

/** What comes from publishers that are still to send what was missed: it is delivered behind that. */
export class CatchUp {
  readonly #held = new Map<string, Held>();
  /** Publishers that are waited for. */
  readonly #unanswered = new Set<string>();
  readonly #isReading: () => boolean;
  #timer: NodeJS.Timeout | undefined;

  /** @param isReading whether what has arrived is being read. While it is not, nobody is late. */
  constructor(isReading: () => boolean) {
    this.#isReading = isReading;
  }

  /** From now on, what comes from these publishers is held until each has answered, but not for ever. */
  begin(publishers: readonly string[]): void {
    if (publishers.length === 0) return;
    for (const publisher of publishers) {
      this.#unanswered.add(publisher);
      if (!this.#held.has(publisher)) this.#held.set(publisher, { deliveries: [], isDelivering: false });
    }
    clearTimeout(this.#timer);
    this.#wait();
  }

  /** Holds a delivery back, if its publisher is still to answer. @returns whether it does */
  holds(publisher: string | undefined, deliver: Delivery): boolean {
    const held = publisher === undefined ? undefined : this.#held.get(publisher);
    held?.deliveries.push(deliver);
    return held !== undefined;
  }

  /** A publisher has sent what was missed: delivers what was held, in order, and what comes meanwhile. Resolves when that is done. */
  async end(publisher: string): Promise<void> {
    const held = this.#held.get(publisher);
    this.#unanswered.delete(publisher);
    if (held === undefined || held.isDelivering) return;
    held.isDelivering = true;
    while (!this.#unanswered.has(publisher)) {
      const next = held.deliveries.shift();
      if (next === undefined) {
        this.#held.delete(publisher);
        break;
      }
      const delivered = next();
      if (delivered !== undefined) await delivered;
    }
    held.isDelivering = false;
    if (this.#held.size === 0) clearTimeout(this.#timer);
  }

  /** Delivers what is held, whoever has not answered. */
  endAll(): void {
    clearTimeout(this.#timer);
    for (const publisher of [...this.#held.keys()]) void this.end(publisher);
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      if (this.#isReading()) this.endAll();
      else this.#wait();
    }, CATCH_UP_MS);
  }
}
