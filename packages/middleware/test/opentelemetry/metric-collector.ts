import type { Attributes } from '@opentelemetry/api';
import { MeterProvider, MetricReader, type Histogram, type MetricData } from '@opentelemetry/sdk-metrics';

/** Reads when it is told to. */
class ManualReader extends MetricReader {
  protected onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** One series of a metric. Of a histogram the value is how often something was measured, and the sum what it was in all. */
interface Series {
  readonly attributes: Attributes;
  readonly value: number;
  readonly sum: number | undefined;
}

/** Keeps metrics in memory. */
export class MetricCollector {
  readonly #reader = new ManualReader();
  readonly provider = new MeterProvider({ readers: [this.#reader] });

  /** What a metric is at the moment; `undefined` if nothing has been recorded of it. */
  async metric(name: string): Promise<MetricData | undefined> {
    const { resourceMetrics, errors } = await this.#reader.collect();
    if (errors.length > 0) throw new AggregateError(errors, 'metrics could not be collected');
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics).find((each) => each.descriptor.name === name);
  }

  async series(name: string): Promise<Series[]> {
    const data = await this.metric(name);
    return (data?.dataPoints ?? []).map(({ attributes, value }) => {
      if (typeof value === 'number') return { attributes, value, sum: undefined };
      const { count, sum } = value as Histogram;
      return { attributes, value: count, sum };
    });
  }

  /** The series of a metric whose attributes have all of these. */
  async seriesWith(name: string, attributes: Attributes): Promise<Series[]> {
    const wanted = Object.entries(attributes);
    const all = await this.series(name);
    return all.filter((each) => wanted.every(([key, value]) => each.attributes[key] === value));
  }

  async close(): Promise<void> {
    await this.provider.shutdown();
  }
}
