import type { EndpointStats } from '@liberzmq/core';
import type { BoundedNames } from '../bounded-names.js';

/** The names that reasons and codes may take. */
export interface FigureNames {
  readonly reasons: BoundedNames;
  readonly codes: BoundedNames;
}

/** What the series of an endpoint are told apart by. */
export interface EndpointLabels {
  readonly endpoint: string;
  readonly address: string;
}

/** What only ever grows. */
interface Totals extends Pick<EndpointStats, 'sent' | 'received'> {
  readonly drops: Iterable<readonly [string, number]>;
  readonly errors: Iterable<readonly [string, number]>;
}

/** The figures of all endpoints of a kind and an address together: what they have done, and how those that are open fare. */
export class EndpointFigures implements Totals {
  readonly labels: EndpointLabels;
  readonly sent = { messages: 0, bytes: 0 };
  readonly received = { messages: 0, bytes: 0 };
  readonly drops = new Map<string, number>();
  readonly errors = new Map<string, number>();
  readonly queued = { messages: 0, bytes: 0 };
  open = 0;
  peers = 0;
  inFlight = 0;
  readonly #names: FigureNames;

  constructor(labels: EndpointLabels, names: FigureNames) {
    this.labels = labels;
    this.#names = names;
  }

  /** Adds what an endpoint has done. */
  addDone({ sent, received, drops, errors }: EndpointStats): void {
    this.addTotals({ sent, received, drops: Object.entries(drops), errors: Object.entries(errors) });
  }

  /** Adds how an endpoint fares that is open. */
  addPresent({ queued, peers, inFlight }: EndpointStats): void {
    this.open += 1;
    this.peers += peers;
    this.inFlight += inFlight;
    addTraffic(this.queued, queued);
  }

  addTotals({ sent, received, drops, errors }: Totals): void {
    addTraffic(this.sent, sent);
    addTraffic(this.received, received);
    addCounts(this.drops, drops, this.#names.reasons);
    addCounts(this.errors, errors, this.#names.codes);
  }
}

function addTraffic(sum: { messages: number; bytes: number }, { messages, bytes }: EndpointStats['sent']): void {
  sum.messages += messages;
  sum.bytes += bytes;
}

function addCounts(sums: Map<string, number>, counts: Iterable<readonly [string, number]>, names: BoundedNames): void {
  for (const [key, count] of counts) {
    const name = names.admit(key);
    sums.set(name, (sums.get(name) ?? 0) + count);
  }
}
