import { Histogram } from 'prom-client';
import type { MetricsRegister } from './metrics-register.js';
import type { OperationTally } from './operation-tally.js';

/** For {@link DurationHistogram}. */
export interface DurationHistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly buckets: readonly number[];
  readonly registers: MetricsRegister[];
  /** The series, as they are now. */
  readonly tallies: () => readonly OperationTally[];
  /** What else each value is labelled with. */
  readonly labels: Readonly<Record<string, string>>;
}

type Exposed = Awaited<ReturnType<Histogram['get']>>;

/**
 * A histogram whose figures are kept elsewhere. prom-client's own takes one value at a time and makes a key of its labels for each, which costs more than
 * all else that is done for an operation here.
 */
export class DurationHistogram extends Histogram {
  readonly #options: DurationHistogramOptions;

  constructor(options: DurationHistogramOptions) {
    const { name, help, labelNames, buckets, registers } = options;
    super({ name, help, labelNames, buckets: [...buckets], registers });
    this.#options = options;
  }

  override async get(): Promise<Exposed> {
    const { name, help, tallies } = this.#options;
    const values = tallies().flatMap((tally) => this.#valuesOf(tally));
    // prom-client declares the type of a metric as the members of an enumeration that it does not have; what registers print is the text.
    return { name, help, type: 'histogram', aggregator: 'sum', values } as unknown as Exposed;
  }

  /** What registers of prom-client 15 ask in place of `get`. */
  getForPromString(): Promise<Exposed> {
    return this.get();
  }

  #valuesOf({ labels: own, durations }: OperationTally): Exposed['values'] {
    if (durations === undefined) return [];
    const { name, labelNames, buckets, labels: fixed } = this.#options;
    const all: Record<string, string> = { ...fixed, ...own };
    const labels = Object.fromEntries(labelNames.map((label) => [label, all[label] ?? '']));
    const counts = durations.cumulated();
    const count = counts.at(-1) ?? 0;
    return [
      ...counts.map((value, index) => ({
        labels: { ...labels, le: buckets[index] ?? '+Inf' },
        value,
        metricName: `${name}_bucket`,
      })),
      { labels, value: durations.sum, metricName: `${name}_sum` },
      { labels, value: count, metricName: `${name}_count` },
    ];
  }
}
