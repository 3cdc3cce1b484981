import { Counter, Gauge, type Metric } from 'prom-client';
import { badOption } from '@liberzmq/core/options';
import { DurationHistogram } from './duration-histogram.js';
import { COUNTERS, GAUGES, HISTOGRAMS, type DurationFamily, type Family, type Sources } from './metric-families.js';
import type { MetricsRegister } from './metrics-register.js';

/** For {@link RegisteredMetrics}. */
export interface RegisteredMetricsOptions {
  readonly register: MetricsRegister;
  readonly prefix: string;
  readonly buckets: readonly number[];
  readonly labels: Readonly<Record<string, string>>;
}

/** What all metrics of prom-client are made with. */
interface MetricSettings {
  name: string;
  help: string;
  labelNames: string[];
  registers: MetricsRegister[];
}

/** Our metrics in a register. Their values are read when the register is. */
export class RegisteredMetrics {
  readonly #options: RegisteredMetricsOptions;
  readonly #sources: Sources;
  /** By the names they were registered under: a register that speaks OpenMetrics changes those of counters. */
  readonly #metrics: ReadonlyMap<string, Metric>;

  /** @throws ConfigurationError BAD_OPTION if the register has one of the names already; it is left as it was. */
  constructor(options: RegisteredMetricsOptions, sources: Sources) {
    this.#options = options;
    this.#sources = sources;
    for (const { name } of [...COUNTERS, ...GAUGES, ...HISTOGRAMS]) this.#checkFree(options.prefix + name);
    const named = <F extends { readonly name: string }>(families: readonly F[], make: (family: F) => Metric) =>
      families.map((family): [string, Metric] => [options.prefix + family.name, make(family)]);
    this.#metrics = new Map([
      ...named(COUNTERS, (family) => this.#newCounter(family)),
      ...named(GAUGES, (family) => this.#newGauge(family)),
      ...named(HISTOGRAMS, (family) => this.#newHistogram(family)),
    ]);
  }

  /** Takes them out of the register, but for what somebody else has put there since under the same name. */
  remove(): void {
    const { register } = this.#options;
    for (const [name, metric] of this.#metrics) {
      if (register.getSingleMetric(name) === metric) register.removeSingleMetric(name);
    }
  }

  #checkFree(name: string): void {
    if (this.#options.register.getSingleMetric(name) === undefined) return;
    throw badOption(
      `prometheusMetrics: the register has a metric '${name}' already; one prometheusMetrics() sees all endpoints of the process: share it, stop() it first, or give this one another register or prefix`,
    );
  }

  #newCounter(family: Family): Metric {
    const samples = () => this.#samplesOf(family);
    return new Counter({
      ...this.#settingsOf(family),
      collect() {
        // The totals are what there is; a counter can only be told a difference.
        this.reset();
        for (const { labels, value } of samples()) this.inc(labels, value);
      },
    });
  }

  #newGauge(family: Family): Metric {
    const samples = () => this.#samplesOf(family);
    return new Gauge({
      ...this.#settingsOf(family),
      collect() {
        // What no open endpoint has any more is not to be seen.
        this.reset();
        for (const { labels, value } of samples()) this.set(labels, value);
      },
    });
  }

  #newHistogram(family: DurationFamily): Metric {
    const { buckets, labels } = this.#options;
    const tallies = () => this.#sources.operations.all().filter((tally) => tally.labels.kind === family.kind);
    return new DurationHistogram({ ...this.#settingsOf(family), buckets, labels, tallies });
  }

  #settingsOf({ name, help, labels }: Omit<Family, 'read'>): MetricSettings {
    const { prefix, register, labels: fixed } = this.#options;
    return { name: prefix + name, help, labelNames: [...labels, ...Object.keys(fixed)], registers: [register] };
  }

  *#samplesOf(family: Family): Iterable<{ labels: Record<string, string>; value: number }> {
    for (const { labels, value } of family.read(this.#sources)) {
      yield { labels: { ...labels, ...this.#options.labels }, value };
    }
  }
}
