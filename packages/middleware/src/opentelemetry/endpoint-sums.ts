import type { Attributes } from '@opentelemetry/api';
import type { EndpointInfo, EndpointStats } from '@liberzmq/core';
import { BoundedNames } from '../bounded-names.js';
import { ATTRIBUTE, OTHER } from './semantic-conventions.js';

/** Of addresses and of reasons to drop a message, which programs have few of. */
const MAX_NAMES = 200;

const NOTHING = { inFlight: 0, peers: 0, queuedMessages: 0, queuedBytes: 0 };

/** What the open endpoints of one kind and address have at the moment, taken together. */
interface EndpointTotals {
  readonly attributes: Attributes;
  inFlight: number;
  peers: number;
  queuedMessages: number;
  queuedBytes: number;
}

/** What was dropped for one reason. */
interface DropTotals {
  readonly attributes: Attributes;
  messages: number;
}

/** What endpoints have is told as it is at the moment, and what they have done goes on to count when they are closed. */
interface EndpointFigures {
  readonly totals: Iterable<EndpointTotals>;
  readonly drops: Iterable<DropTotals>;
}

/** Adds up the figures of endpoints: two at one address are one series. */
export class EndpointSums {
  readonly #addresses = new BoundedNames(MAX_NAMES, OTHER);
  readonly #reasons = new BoundedNames(MAX_NAMES, OTHER);
  /** Those of endpoints that are closed by now stay, as zeros: a meter repeats the last value that it was told. */
  readonly #totals = new Map<string, EndpointTotals>();
  /** What endpoints had dropped that are closed by now: a count never goes down. */
  readonly #closedDrops = new Map<string, DropTotals>();

  /** An endpoint is closed; its drops are not forgotten. */
  closed(endpoint: EndpointInfo): void {
    this.#addDrops(this.#closedDrops, endpoint, endpoint.stats());
  }

  /** The figures, with these endpoints being open. */
  of(endpoints: readonly EndpointInfo[]): EndpointFigures {
    for (const sum of this.#totals.values()) Object.assign(sum, NOTHING);
    const drops = new Map([...this.#closedDrops].map(([key, each]) => [key, { ...each }]));
    for (const endpoint of endpoints) {
      const stats = endpoint.stats();
      const sum = this.#totalsOf(endpoint);
      sum.inFlight += stats.inFlight;
      sum.peers += stats.peers;
      sum.queuedMessages += stats.queued.messages;
      sum.queuedBytes += stats.queued.bytes;
      this.#addDrops(drops, endpoint, stats);
    }
    return { totals: this.#totals.values(), drops: drops.values() };
  }

  #totalsOf(endpoint: EndpointInfo): EndpointTotals {
    const attributes = this.#attributesOf(endpoint);
    const key = JSON.stringify(attributes);
    const sum = this.#totals.get(key) ?? { attributes, ...NOTHING };
    this.#totals.set(key, sum);
    return sum;
  }

  #addDrops(drops: Map<string, DropTotals>, endpoint: EndpointInfo, stats: EndpointStats): void {
    for (const [reason, messages] of Object.entries(stats.drops)) {
      const attributes = { ...this.#attributesOf(endpoint), [ATTRIBUTE.dropReason]: this.#reasons.admit(reason) };
      const key = JSON.stringify(attributes);
      const sum = drops.get(key) ?? { attributes, messages: 0 };
      sum.messages += messages;
      drops.set(key, sum);
    }
  }

  #attributesOf({ kind, address }: EndpointInfo): Attributes {
    return { [ATTRIBUTE.endpointKind]: kind, [ATTRIBUTE.endpointAddress]: this.#addresses.admit(address) };
  }
}
