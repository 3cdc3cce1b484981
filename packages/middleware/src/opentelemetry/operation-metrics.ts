import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import type { Operation } from '@liberzmq/core';
import { BoundedNames } from '../bounded-names.js';
import { isMadeUp } from '../made-up.js';
import { failureAttributes, type Where } from './failure.js';
import { ATTRIBUTE, DURATION_BOUNDS, METRIC, OTHER, SYSTEM } from './semantic-conventions.js';
import { serverAttributes } from './server-attributes.js';

/** Of error codes and of servers, which programs have few of. */
const MAX_OTHERS = 200;

/** Counts and measures what endpoints do. */
export class OperationMetrics {
  readonly #subjects: BoundedNames;
  readonly #errors = new BoundedNames(MAX_OTHERS, OTHER);
  readonly #servers = new BoundedNames(MAX_OTHERS, OTHER);
  readonly #clientDuration: Histogram;
  readonly #serverDuration: Histogram;
  readonly #sendDuration: Histogram;
  readonly #processDuration: Histogram;
  readonly #sent: Counter;
  readonly #consumed: Counter;

  constructor(meter: Meter, maxSubjects: number) {
    this.#subjects = new BoundedNames(maxSubjects, OTHER);
    const duration = (name: string, description: string): Histogram =>
      meter.createHistogram(name, {
        description,
        unit: 's',
        advice: { explicitBucketBoundaries: DURATION_BOUNDS },
      });
    const count = (name: string, description: string): Counter =>
      meter.createCounter(name, { description, unit: '{message}' });
    this.#clientDuration = duration(
      METRIC.clientDuration,
      'Requests, from the call until their callers have the result',
    );
    this.#serverDuration = duration(
      METRIC.serverDuration,
      'Requests, from when they have come until they are answered',
    );
    this.#sendDuration = duration(METRIC.sendDuration, 'Sending messages one way, until they are handed over');
    this.#processDuration = duration(METRIC.processDuration, 'Handling messages that have come one way');
    this.#sent = count(METRIC.sentMessages, 'Messages that were to be sent one way');
    this.#consumed = count(METRIC.consumedMessages, 'Messages that were handled or fetched');
  }

  /** An operation is over. */
  record(operation: Operation): void {
    const seconds = (operation.durationMs ?? 0) / 1_000;
    switch (operation.kind) {
      case 'request':
        this.#clientDuration.record(seconds, {
          ...this.#ofRequest(operation, 'request'),
          ...this.#ofServer(operation.endpoint.address),
        });
        return;
      case 'handle':
        this.#serverDuration.record(seconds, this.#ofRequest(operation, 'server'));
        return;
      case 'send': {
        const attributes = this.#ofMessage(operation, 'send');
        this.#sendDuration.record(seconds, attributes);
        this.#sent.add(1, attributes);
        return;
      }
      case 'process': {
        const attributes = this.#ofMessage(operation, 'process');
        this.#processDuration.record(seconds, attributes);
        this.#consumed.add(1, attributes);
        return;
      }
      case 'receive':
        this.#consumed.add(1, this.#ofMessage(operation, 'receive'));
    }
  }

  #ofRequest(operation: Operation, where: Where): Attributes {
    return {
      [ATTRIBUTE.rpcSystem]: SYSTEM,
      [ATTRIBUTE.rpcMethod]: this.#subjectOf(operation),
      ...this.#ofFailure(operation.error, where),
    };
  }

  /** What no action or task is called takes no place from those that are. */
  #subjectOf(operation: Operation): string {
    return isMadeUp(operation) ? OTHER : this.#subjects.admit(operation.subject);
  }

  #ofMessage(operation: Operation, name: 'send' | 'process' | 'receive'): Attributes {
    const { pattern, error } = operation;
    return {
      [ATTRIBUTE.messagingSystem]: SYSTEM,
      [ATTRIBUTE.messagingOperation]: name,
      [ATTRIBUTE.messagingOperationType]: name,
      // Between a router and a dealer it is an id, of which no two are the same.
      ...(pattern !== 'route' && { [ATTRIBUTE.messagingDestination]: this.#subjectOf(operation) }),
      ...this.#ofFailure(error, 'one-way'),
    };
  }

  #ofFailure(error: unknown, where: Where): Attributes {
    return error === undefined ? {} : failureAttributes(error, where, (type) => this.#errors.admit(type));
  }

  #ofServer(address: string): Attributes {
    return this.#servers.admit(address) === OTHER ? { [ATTRIBUTE.serverAddress]: OTHER } : serverAttributes(address);
  }
}
