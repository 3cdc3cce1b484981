export type { Closable, CloseOptions } from './contract/closable.js';
export type { EndpointInfo, EndpointStats } from './contract/endpoint-info.js';
export { stack, type Layer } from './contract/layer.js';
export type { Logger, LogMethod } from './contract/logger.js';
export type { Message, MessageContext, MessageHeaders, Pattern, Principal } from './contract/message.js';
export type { AddMiddlewareOptions, Middleware, Settlement, Step } from './contract/middleware.js';
export type { Requester, RequestOptions } from './contract/requester.js';
export type { Sender, SendOptions } from './contract/sender.js';
export type { BodyBlock, MessageInfo, Serializer } from './contract/serializer.js';
export { DEFAULTS } from './defaults.js';
export type { EndpointDiagnostic } from './diagnostics/endpoint-channel.js';
export type { Operation, OperationKind } from './diagnostics/operation.js';
export type { ErrorCode } from './errors/codes.js';
export { createError } from './errors/create-error.js';
export {
  AuthenticationError,
  BreakerOpenError,
  CancelledError,
  ConfigurationError,
  ConnectionError,
  LockError,
  MessageError,
  OverloadedError,
  PoolError,
  QueueFullError,
  RemoteError,
  SerializationError,
  StaleLeaseError,
  TaskError,
  TimeoutError,
  UnrecoverableError,
  ValidationError,
  type ValidationIssue,
} from './errors/error-classes.js';
export { LiberZMQError, type LiberZMQErrorOptions } from './errors/liberzmq-error.js';
export type { Outcome } from './errors/outcome.js';
export { configureLogging, getLogger, type LoggingOptions } from './logger.js';
export type { SubscriberInfo } from './pubsub/audience.js';
export { Publisher } from './pubsub/publisher.js';
export type { PublisherEvents, PublisherOptions, WaitForSubscribersOptions } from './pubsub/publisher-options.js';
export { Subscriber } from './pubsub/subscriber.js';
export type {
  StartListeningOptions,
  StopListeningOptions,
  SubscriberEvents,
  SubscriberOptions,
  Subscription,
  TopicHandler,
  TopicMessage,
} from './pubsub/subscriber-options.js';
export { topicPattern, type TopicPattern } from './pubsub/topic-pattern.js';
export { Client } from './request/client.js';
export type { ClientEvents, ClientOptions } from './request/client-options.js';
export { Server } from './request/server.js';
export type { ServerOptions } from './request/server-options.js';
export type { ServingStatus } from './request/serving-status.js';
export { Dealer, type DealerOptions, type DealerResponse } from './routing/dealer.js';
export { Router, type RouterEvents, type RouterRequest } from './routing/router.js';
export { json } from './serializers/json.js';
export { raw } from './serializers/raw.js';
export { SerializerFactory } from './serializers/serializer-factory.js';
export type { ActionHandler } from './service/action-handler.js';
export type { RequestContext, TaskContext, TopicContext } from './service/handler-context.js';
export { Service, type ServiceOptions } from './service/service.js';
export type { ConnectionEvents } from './sockets/connection-monitor.js';
export type { ConnectOptions, EndpointEvents, EndpointState } from './sockets/endpoint-events.js';
export type { Dialect, EndpointOptions, OutboxOptions, OutboxPolicy } from './sockets/endpoint-options.js';
export type { TypedEvent } from './timing/event-hub.js';
export { listEndpoints } from './sockets/open-endpoints.js';
export type { PrefetchOptions } from './tasks/prefetch.js';
export { Puller, type PullerEvents, type PullerOptions, type TaskHandler } from './tasks/puller.js';
export { Pusher, type PusherOptions, type PushOptions } from './tasks/pusher.js';
export type { NewTask, Task } from './tasks/task.js';
export type { StartWorkerOptions, StopWorkerOptions } from './tasks/task-worker.js';
export type { WaitOptions } from './timing/wait.js';
