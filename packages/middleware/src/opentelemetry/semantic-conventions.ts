/**
 * The names that the semantic conventions of OpenTelemetry give to what is told here, in their version 1.45.0 (the package `@opentelemetry/semantic-conventions` of
 * that version has the same). Those of RPC and errors are stable (docs/rpc/rpc-spans.md, docs/rpc/rpc-metrics.md, docs/general/recording-errors.md of
 * https://github.com/open-telemetry/semantic-conventions); those of messaging are in development (docs/messaging/messaging-spans.md, messaging-metrics.md). Names that
 * begin with `liberzmq.` are ours.
 */
export const ATTRIBUTE = {
  errorType: 'error.type',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  rpcSystem: 'rpc.system.name',
  rpcMethod: 'rpc.method',
  rpcMethodOriginal: 'rpc.method_original',
  rpcStatusCode: 'rpc.status_code',
  messagingSystem: 'messaging.system.name',
  messagingOperation: 'messaging.operation.name',
  messagingOperationType: 'messaging.operation.type',
  messagingDestination: 'messaging.destination.name',
  messagingMessageId: 'messaging.message.id',
  attempt: 'liberzmq.attempt',
  dropReason: 'liberzmq.drop.reason',
  endpointKind: 'liberzmq.endpoint.kind',
  endpointAddress: 'liberzmq.endpoint.address',
} as const;

/** Metrics, likewise. */
export const METRIC = {
  clientDuration: 'rpc.client.call.duration',
  serverDuration: 'rpc.server.call.duration',
  sendDuration: 'messaging.client.operation.duration',
  processDuration: 'messaging.process.duration',
  sentMessages: 'messaging.client.sent.messages',
  consumedMessages: 'messaging.client.consumed.messages',
  inFlight: 'liberzmq.endpoint.in_flight',
  peers: 'liberzmq.endpoint.peers',
  queuedMessages: 'liberzmq.endpoint.queued.messages',
  queuedBytes: 'liberzmq.endpoint.queued.size',
  droppedMessages: 'liberzmq.endpoint.dropped.messages',
} as const;

/** Where histograms of durations in seconds are to have their bounds, as the conventions say for each of them. */
export const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export const SYSTEM = 'zeromq';

/** What stands for a name that is not to be told: it is unknown, or one too many. */
export const OTHER = '_OTHER';

/** Under which name tracers and meters are asked for, and by which version of the conventions they tell. */
export const SCOPE = { name: '@liberzmq/middleware', schemaUrl: 'https://opentelemetry.io/schemas/1.45.0' } as const;
