import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { register as globalRegister } from 'prom-client';
import { getLogger, type EndpointDiagnostic, type Operation } from '@liberzmq/core';
import { BoundedNames } from '../bounded-names.js';
import { EndpointCensus } from './endpoint-census.js';
import type { MetricsRegister } from './metrics-register.js';
import { OperationTallies, OTHER } from './operation-tallies.js';
import { checkPrometheusOptions, DEFAULT_BUCKETS, type PrometheusMetricsOptions } from './prometheus-options.js';
import { RegisteredMetrics } from './registered-metrics.js';

const log = getLogger('liberzmq:prometheus');

const DEFAULT_PREFIX = 'liberzmq_';
const DEFAULT_MAX_SUBJECTS = 200;
/** A pool or a balancer connects to some dozens; where there are more, the single one is not looked at. */
const MAX_ADDRESSES = 100;
/** This library has 35 codes and 8 reasons; the rest is for the application's own. */
const MAX_CAUSES = 50;

const OPERATION_ENDED = 'liberzmq:operation:ended';
const ENDPOINT = 'liberzmq:endpoint';

/** The metrics of all endpoints of this process. Made by {@link prometheusMetrics}. */
export class PrometheusMetrics implements Disposable {
  readonly register: MetricsRegister;
  readonly #operations: OperationTallies;
  readonly #endpoints: EndpointCensus;
  readonly #metrics: RegisteredMetrics;

  /** @throws ConfigurationError BAD_OPTION */
  constructor(options: PrometheusMetricsOptions = {}) {
    checkPrometheusOptions(options);
    const { register = globalRegister, prefix = DEFAULT_PREFIX, maxSubjects = DEFAULT_MAX_SUBJECTS } = options;
    const { buckets = DEFAULT_BUCKETS, labels = {} } = options;
    const codes = new BoundedNames(MAX_CAUSES, OTHER);
    const reasons = new BoundedNames(MAX_CAUSES, OTHER);
    this.register = register;
    this.#operations = new OperationTallies({
      subjects: new BoundedNames(maxSubjects, OTHER),
      codes,
      buckets: [...buckets],
    });
    this.#endpoints = new EndpointCensus({ addresses: new BoundedNames(MAX_ADDRESSES, OTHER), reasons, codes });
    const sources = { operations: this.#operations, endpoints: this.#endpoints };
    this.#metrics = new RegisteredMetrics({ register, prefix, buckets: [...buckets], labels: { ...labels } }, sources);
    subscribe(OPERATION_ENDED, this.#onOperation);
    subscribe(ENDPOINT, this.#onEndpoint);
  }

  /** The content type of {@link metricsText}. */
  get contentType(): string {
    return this.register.contentType;
  }

  /**
   * All that the register has, the metrics of others too, in the text format that Prometheus reads.
   * @throws what the collecting of somebody else's metric throws
   * @example
   * ```ts
   * server.registerHandler('metrics', () => metrics.metricsText());
   * ```
   */
  metricsText(): Promise<string> {
    return this.register.metrics();
  }

  /** Counts no longer, and takes its metrics out of the register. */
  stop(): void {
    unsubscribe(OPERATION_ENDED, this.#onOperation);
    unsubscribe(ENDPOINT, this.#onEndpoint);
    this.#metrics.remove();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  readonly #onOperation = (operation: unknown): void => {
    try {
      this.#operations.count(operation as Operation);
    } catch (error) {
      // What is thrown here would end the process.
      log.error({ err: error }, 'an operation could not be counted');
    }
  };

  readonly #onEndpoint = (diagnostic: unknown): void => {
    const { endpoint, type } = diagnostic as EndpointDiagnostic;
    if (type === 'closed') this.#endpoints.closed(endpoint);
  };
}

/**
 * Counts what all endpoints of this process do, those that are open already too, and registers that with prom-client. Endpoints need no code for it. One is
 * enough for a process.
 * @throws ConfigurationError BAD_OPTION for a wrong option, and if the register has metrics of these names, as it does when this is called twice
 * @example
 * ```ts
 * const metrics = prometheusMetrics({ labels: { service: 'billing' } });
 * createServer(metricsHandler(metrics)).listen(9464);
 * ```
 */
export function prometheusMetrics(options?: PrometheusMetricsOptions): PrometheusMetrics {
  return new PrometheusMetrics(options);
}
