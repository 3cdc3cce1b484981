import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { listEndpoints, type EndpointInfo } from '@liberzmq/core';
import { EndpointSums } from './endpoint-sums.js';
import { METRIC } from './semantic-conventions.js';

/** Shows how the open endpoints of this process fare, whenever metrics are collected. */
export class EndpointMetrics {
  readonly #meter: Meter;
  readonly #sums = new EndpointSums();
  readonly #inFlight: Observable;
  readonly #peers: Observable;
  readonly #queuedMessages: Observable;
  readonly #queuedBytes: Observable;
  readonly #dropped: Observable;
  readonly #observe = (result: BatchObservableResult): void => {
    const { totals, drops } = this.#sums.of(listEndpoints());
    for (const { attributes, inFlight, peers, queuedMessages, queuedBytes } of totals) {
      result.observe(this.#inFlight, inFlight, attributes);
      result.observe(this.#peers, peers, attributes);
      result.observe(this.#queuedMessages, queuedMessages, attributes);
      result.observe(this.#queuedBytes, queuedBytes, attributes);
    }
    for (const { attributes, messages } of drops) result.observe(this.#dropped, messages, attributes);
  };

  constructor(meter: Meter) {
    this.#meter = meter;
    const level = (name: string, unit: string, description: string): Observable =>
      meter.createObservableUpDownCounter(name, { unit, description });
    this.#inFlight = level(METRIC.inFlight, '{request}', 'Requests that wait for their answer, or handlers that run');
    this.#peers = level(METRIC.peers, '{peer}', 'Peers that have completed the handshake');
    this.#queuedMessages = level(METRIC.queuedMessages, '{message}', 'What waits in outboxes');
    this.#queuedBytes = level(METRIC.queuedBytes, 'By', 'What waits in outboxes');
    this.#dropped = meter.createObservableCounter(METRIC.droppedMessages, {
      unit: '{message}',
      description: 'Messages that were dropped',
    });
    meter.addBatchObservableCallback(this.#observe, this.#observed);
  }

  /** An endpoint is closed: what it has dropped still counts. */
  closed(endpoint: EndpointInfo): void {
    this.#sums.closed(endpoint);
  }

  /** Shows nothing any more. */
  stop(): void {
    this.#meter.removeBatchObservableCallback(this.#observe, this.#observed);
  }

  get #observed(): Observable[] {
    return [this.#inFlight, this.#peers, this.#queuedMessages, this.#queuedBytes, this.#dropped];
  }
}
