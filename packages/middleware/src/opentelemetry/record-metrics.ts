import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { diag, metrics, type MeterProvider } from '@opentelemetry/api';
import type { EndpointDiagnostic, Operation } from '@liberzmq/core';
import { checkOptions, option } from '@liberzmq/core/options';
import { EndpointMetrics } from './endpoint-metrics.js';
import { OperationMetrics } from './operation-metrics.js';
import { SCOPE } from './semantic-conventions.js';

/** For {@link recordMetrics}. */
export interface RecordMetricsOptions {
  /**
   * What gives the meter.
   * @defaultValue the global one as it is when this is called: set it up before, as `@opentelemetry/sdk-node` does
   */
  meterProvider?: MeterProvider | undefined;
  /**
   * How many actions, topics and task types have series of their own, from 1 on. All others are told together as `_OTHER`.
   * @defaultValue 200: more than programs have, and few enough for whoever keeps the metrics, if topics have ids in them
   */
  maxSubjects?: number | undefined;
}

/** Metrics that are being recorded. */
export interface MetricsRecording extends Disposable {
  /** Records no more. A second call does nothing. */
  stop(): void;
}

/**
 * Records metrics of OpenTelemetry for all endpoints of this process, from now on until it is stopped: how long requests and handlers take, what is sent and
 * received, and how endpoints fare. Call it once. The README says which metrics there are. It needs no middleware.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const recording = recordMetrics({ meterProvider });
 * recording.stop();
 * ```
 */
export function recordMetrics(options: RecordMetricsOptions = {}): MetricsRecording {
  checkOptions('recordMetrics', options, { meterProvider: option.object, maxSubjects: option.limit });
  const { meterProvider = metrics.getMeterProvider(), maxSubjects = 200 } = options;
  const meter = meterProvider.getMeter(SCOPE.name, undefined, { schemaUrl: SCOPE.schemaUrl });
  const operations = new OperationMetrics(meter, maxSubjects);
  const endpoints = new EndpointMetrics(meter);
  const stops = [
    listen('liberzmq:operation:ended', (operation) => {
      operations.record(operation as Operation);
    }),
    listen('liberzmq:endpoint', (diagnostic) => {
      const { endpoint, type } = diagnostic as EndpointDiagnostic;
      if (type === 'closed') endpoints.closed(endpoint);
    }),
    () => {
      endpoints.stop();
    },
  ];
  const stop = (): void => {
    for (const each of stops.splice(0)) each();
  };
  return { stop, [Symbol.dispose]: stop };
}

/** Listens on a channel. What a listener throws there would end the process. @returns what ends it */
function listen(name: string, listener: (message: unknown) => void): () => void {
  const hear = (message: unknown): void => {
    try {
      listener(message);
    } catch (error) {
      diag.error(`recordMetrics: ${String(error)}`);
    }
  };
  subscribe(name, hear);
  return () => {
    unsubscribe(name, hear);
  };
}
