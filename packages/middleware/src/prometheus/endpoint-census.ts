import { listEndpoints, type EndpointInfo } from '@liberzmq/core';
import type { BoundedNames } from '../bounded-names.js';
import { EndpointFigures, type FigureNames } from './endpoint-figures.js';

/** For {@link EndpointCensus}. */
export interface EndpointNames extends FigureNames {
  readonly addresses: BoundedNames;
}

/** Adds up the figures of the endpoints of this process, by kind and address, and remembers those that were closed. */
export class EndpointCensus {
  readonly #names: EndpointNames;
  readonly #closed = new Map<string, EndpointFigures>();
  #latest: readonly EndpointFigures[] | undefined;

  constructor(names: EndpointNames) {
    this.#names = names;
  }

  /** An endpoint is closed, and no longer among those that are open: keeps what it has done, so that no counter goes down. */
  closed(endpoint: EndpointInfo): void {
    this.#groupOf(endpoint, this.#closed).addDone(endpoint.stats());
  }

  /** The figures as they are now. A register reads all metrics of a scrape in one go: they see the same figures. */
  read(): readonly EndpointFigures[] {
    if (this.#latest === undefined) {
      this.#latest = this.#take();
      queueMicrotask(() => {
        this.#latest = undefined;
      });
    }
    return this.#latest;
  }

  #take(): EndpointFigures[] {
    const groups = new Map<string, EndpointFigures>();
    for (const [key, closed] of this.#closed) {
      const figures = new EndpointFigures(closed.labels, this.#names);
      figures.addTotals(closed);
      groups.set(key, figures);
    }
    for (const endpoint of listEndpoints()) {
      const stats = endpoint.stats();
      const figures = this.#groupOf(endpoint, groups);
      figures.addDone(stats);
      figures.addPresent(stats);
    }
    return [...groups.values()];
  }

  #groupOf({ kind, address }: EndpointInfo, groups: Map<string, EndpointFigures>): EndpointFigures {
    const labels = { endpoint: kind, address: this.#names.addresses.admit(address) };
    const key = `${kind} ${labels.address}`;
    const known = groups.get(key) ?? new EndpointFigures(labels, this.#names);
    groups.set(key, known);
    return known;
  }
}
