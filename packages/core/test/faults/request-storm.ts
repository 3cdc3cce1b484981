import { LiberZMQError, RemoteError, type Client, type Server } from '@liberzmq/core';
import type { FaultProxy, SeededRandom } from '@liberzmq-tooling/testkit';
import { pause } from './proxied.js';

/** How a request has ended. */
interface Ending {
  readonly n: number;
  /** `ok`, or the code and the outcome of its error. */
  readonly how: string;
  readonly outcome: string;
}

const HOW = ['rst', 'fin'] as const;
const SIDES = ['there', 'back', undefined] as const;
const LARGE = { share: 0.1, bytes: 20_000 };
const LONGEST_TIMEOUT_MS = 700;

/** Many requests, each with a number of its own, and what is known of them at both ends. */
export class RequestStorm {
  readonly #random: SeededRandom;
  readonly #runs = new Map<number, number>();
  readonly #asked: Promise<void>[] = [];
  readonly #endings: Ending[] = [];
  #settled = 0;
  #last = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  get asked(): number {
    return this.#asked.length;
  }

  /** Requests that have settled. Each is counted once for each time that it does. */
  get settled(): number {
    return this.#settled;
  }

  /** How many requests have ended how. */
  get summary(): Readonly<Record<string, number>> {
    const summary: Record<string, number> = {};
    for (const { how } of this.#endings) summary[how] = (summary[how] ?? 0) + 1;
    return summary;
  }

  /** Sets the handler: it notes which numbers it was called with, answers most of them, some late, and fails at others. */
  serve(server: Server): void {
    server.registerHandler('run', async (data) => {
      const { n } = data as { n: number };
      this.#runs.set(n, (this.#runs.get(n) ?? 0) + 1);
      if (n % 5 === 0) await pause(n % 40);
      if (n % 11 === 0) throw new RemoteError('REMOTE', `no ${n}`);
      return { n, square: n * n };
    });
  }

  /** Sends requests in bursts, until the time is over. Some of them are large. */
  async ask(client: Client, forMs: number, large = LARGE): Promise<void> {
    const end = performance.now() + forMs;
    while (performance.now() < end) {
      for (let burst = this.#random.integer(1, 25); burst > 0; burst -= 1) {
        this.#asked.push(this.#request(client, large));
      }
      await pause(this.#random.integer(0, 15));
    }
  }

  /** Resolves when all requests have settled. */
  async over(): Promise<void> {
    await Promise.all(this.#asked);
  }

  /** What is wrong, once nothing can run any more: a line for each ending that is not true. */
  lies(): string[] {
    const lies = this.#endings.flatMap(({ n, how, outcome }) => {
      const runs = this.#runs.get(n) ?? 0;
      const allowed = { ok: [1], answered: [1], 'not-sent': [0], unknown: [0, 1] }[outcome] ?? [];
      return allowed.includes(runs) ? [] : [`request ${n} ended as ${how}, and ran ${runs} times`];
    });
    const known = new Set(this.#endings.map(({ n }) => n));
    for (const n of this.#runs.keys()) if (!known.has(n)) lies.push(`request ${n} ran, and has not settled`);
    return lies;
  }

  async #request(client: Client, large: typeof LARGE): Promise<void> {
    const random = this.#random;
    this.#last += 1;
    const n = this.#last;
    const timeoutMs = random.chance(0.3) ? random.integer(1, 40) : random.integer(40, LONGEST_TIMEOUT_MS);
    const controller = new AbortController();
    const abort = random.chance(0.2)
      ? setTimeout(
          () => {
            controller.abort();
          },
          random.integer(0, 60),
        )
      : undefined;
    const filling = 'x'.repeat(random.integer(0, random.chance(large.share) ? large.bytes : 200));
    await client.sendRequest('run', { n, filling }, { timeoutMs, signal: controller.signal }).then(
      (result) => {
        this.#settled += 1;
        const { square } = result as { square: number };
        this.#endings.push({ n, how: square === n * n ? 'ok' : `a wrong result: ${square}`, outcome: 'ok' });
      },
      (error: unknown) => {
        this.#settled += 1;
        this.#endings.push({ n, ...describeError(error) });
      },
    );
    clearTimeout(abort);
  }
}

function describeError(error: unknown): Omit<Ending, 'n'> {
  if (!(error instanceof LiberZMQError)) return { how: `an error that is not ours: ${String(error)}`, outcome: 'none' };
  return { how: `${error.code} ${error.outcome}`, outcome: error.outcome };
}

/** Does to the connections what networks do, one thing after the other, until the time is over; then it does no more. */
export async function badWeather(proxy: FaultProxy, random: SeededRandom, forMs: number): Promise<void> {
  const faults: [() => void, ...(() => void)[]] = [
    () => {
      proxy.cut({ how: random.pick(HOW) });
    },
    () => {
      proxy.cut({ how: random.pick(HOW), direction: random.pick(['there', 'back']) });
    },
    () => {
      proxy.truncate(random.integer(0, 4_000), { how: random.pick(HOW), ...side(random) });
    },
    () => {
      proxy.delay(random.integer(0, 20), random.integer(0, 20), side(random));
    },
    () => {
      proxy.throttle(random.integer(20_000, 2_000_000), side(random));
    },
    () => {
      proxy.stall({ swallow: random.chance(0.3), ...side(random) });
    },
    () => {
      proxy.resume({ discard: random.chance(0.3) });
    },
    () => {
      proxy.refuse();
    },
  ];
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    await pause(random.integer(5, 60));
    if (random.chance(0.4)) proxy.heal();
    else random.pick(faults)();
  }
  proxy.heal();
}

function side(random: SeededRandom): { direction?: 'there' | 'back' } {
  const direction = random.pick(SIDES);
  return direction === undefined ? {} : { direction };
}
