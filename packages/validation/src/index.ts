export { checkCompatibility, type Change, type Compatibility, type Role } from './compatibility/check-compatibility.js';
export type {
  ActionDefinition,
  Actions,
  Contract,
  ContractDefinition,
  Nothing,
  TaskDefinition,
  Tasks,
  TopicDefinition,
  Topics,
} from './contract/contract.js';
export {
  describeContract,
  type ActionDescription,
  type ContractDescription,
  type TaskDescription,
  type TopicDescription,
} from './contract/description.js';
export type { JsonObject, JsonSchema } from './contract/json-form.js';
export { defineContract } from './contract/define-contract.js';
export type { TypedReceiverOptions } from './contract/incoming-contract.js';
export type { OnIncompatible } from './contract/server-check.js';
export {
  typedClient,
  type ActionCall,
  type RequestData,
  type ResponseData,
  type TypedClient,
  type TypedClientOptions,
} from './contract/typed-client.js';
export { typedPublisher, type TopicInput, type TypedPublisher } from './contract/typed-publisher.js';
export { typedPuller, type AnyTypedTask, type TypedPuller, type TypedTask } from './contract/typed-puller.js';
export { typedPusher, type NewTypedTask, type TaskSender, type TypedPusher } from './contract/typed-pusher.js';
export {
  typedServer,
  type ActionRegistry,
  type HandlerInput,
  type HandlerResult,
  type TypedHandler,
  type TypedHandlers,
  type TypedServer,
  type TypedServerOptions,
} from './contract/typed-server.js';
export { typedSubscriber, type TypedSubscriber, type TypedTopicMessage } from './contract/typed-subscriber.js';
export { toAsyncApi, type AsyncApiDocument } from './documents/async-api.js';
export type { AsyncApiOptions, AsyncApiServer, ServerObject } from './documents/async-api-options.js';
export { toJsonSchema, type JsonSchemaDocument } from './documents/json-schema.js';
export type { IncomingChecksOptions } from './endpoints/incoming-checks.js';
export {
  validation,
  type OnInvalid,
  type ValidationMiddleware,
  type ValidationOptions,
} from './endpoints/middleware.js';
export { ValidatedPublisher } from './endpoints/validated-publisher.js';
export { ValidatedPuller, type ValidatedPullerOptions } from './endpoints/validated-puller.js';
export { ValidatedPusher } from './endpoints/validated-pusher.js';
export { ValidatedSubscriber, type ValidatedSubscriberOptions } from './endpoints/validated-subscriber.js';
export { validate, type ValidateOptions } from './requests/validate.js';
export { ValidatedServer } from './requests/validated-server.js';
export type { Input, Output, Schema } from './schema/schema.js';
export type { StandardIssue, StandardProps, StandardResult, StandardSchemaV1 } from './schema/standard-schema.js';
export type { Checked } from './validator/checked.js';
export type { SchemaOptions } from './validator/schema-options.js';
export { validatorOf, type Validator } from './validator/validator.js';
