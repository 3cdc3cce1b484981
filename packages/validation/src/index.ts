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
