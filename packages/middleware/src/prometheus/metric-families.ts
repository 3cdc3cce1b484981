import type { OperationKind } from '@liberzmq/core';
import type { EndpointCensus } from './endpoint-census.js';
import type { EndpointFigures } from './endpoint-figures.js';
import type { OperationTallies } from './operation-tallies.js';

/** Where the values of metrics come from. */
export interface Sources {
  readonly operations: OperationTallies;
  readonly endpoints: EndpointCensus;
}

/** A value of a metric, with what tells it from the others. */
interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric: its name without the prefix, and how its values are read. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  read(sources: Sources): Sample[];
}

/** A metric of what operations of one kind take. */
export interface DurationFamily extends Omit<Family, 'read'> {
  readonly kind: OperationKind;
}

const ENDPOINT_LABELS = ['endpoint', 'address'];

const operations: Family = {
  name: 'operations_total',
  help: "Operations that have ended, by what they ended with: 'ok' or the code of an error",
  labels: ['kind', 'pattern', 'subject', 'code'],
  read: ({ operations }) =>
    operations
      .all()
      .flatMap((tally) => tally.counts().map(([code, value]) => ({ labels: { ...tally.labels, code }, value }))),
};

/** One value for each kind of endpoint and each address. */
function perEndpoint(name: string, help: string, valueOf: (figures: EndpointFigures) => number): Family {
  return {
    name,
    help,
    labels: ENDPOINT_LABELS,
    read: ({ endpoints }) =>
      endpoints.read().map((figures) => ({ labels: { ...figures.labels }, value: valueOf(figures) })),
  };
}

/** The same of those that are open; there is no value where none is. */
function perOpenEndpoint(name: string, help: string, valueOf: (figures: EndpointFigures) => number): Family {
  return {
    name,
    help,
    labels: ENDPOINT_LABELS,
    read: ({ endpoints }) =>
      endpoints
        .read()
        .filter(({ open }) => open > 0)
        .map((figures) => ({ labels: { ...figures.labels }, value: valueOf(figures) })),
  };
}

/** One value for each reason or code beside. */
function perCause(name: string, help: string, label: 'reason' | 'code', figure: 'drops' | 'errors'): Family {
  return {
    name,
    help,
    labels: [...ENDPOINT_LABELS, label],
    read: ({ endpoints }) =>
      endpoints
        .read()
        .flatMap((figures) =>
          [...figures[figure]].map(([cause, value]) => ({ labels: { ...figures.labels, [label]: cause }, value })),
        ),
  };
}

export const COUNTERS: readonly Family[] = [
  operations,
  perEndpoint('sent_messages_total', 'Messages that were sent', ({ sent }) => sent.messages),
  perEndpoint('sent_bytes_total', 'Bytes that were sent', ({ sent }) => sent.bytes),
  perEndpoint('received_messages_total', 'Messages that have come', ({ received }) => received.messages),
  perEndpoint('received_bytes_total', 'Bytes that have come', ({ received }) => received.bytes),
  perCause('drops_total', 'Messages that were dropped, by reason', 'reason', 'drops'),
  perCause('errors_total', 'Errors, by code', 'code', 'errors'),
];

export const GAUGES: readonly Family[] = [
  perOpenEndpoint('endpoints', 'Endpoints that are open', ({ open }) => open),
  perOpenEndpoint('peers', 'Peers that have completed the handshake', ({ peers }) => peers),
  perOpenEndpoint(
    'in_flight',
    'Requests that wait for their answer, or handlers that run',
    (figures) => figures.inFlight,
  ),
  perOpenEndpoint('queued_messages', 'Messages that wait in outboxes', ({ queued }) => queued.messages),
  perOpenEndpoint('queued_bytes', 'Bytes that wait in outboxes', ({ queued }) => queued.bytes),
];

export const HISTOGRAMS: readonly DurationFamily[] = [
  {
    name: 'request_duration_seconds',
    help: 'What requests took at the client, from the call until they were settled',
    labels: ['subject'],
    kind: 'request',
  },
  {
    name: 'handle_duration_seconds',
    help: 'What requests took at the server, from when they had come until they were answered',
    labels: ['subject'],
    kind: 'handle',
  },
  {
    name: 'process_duration_seconds',
    help: 'What the handlers of tasks and publications took',
    labels: ['pattern', 'subject'],
    kind: 'process',
  },
];
