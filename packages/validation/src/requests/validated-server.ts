import { Server, type ActionHandler, type RequestContext, type ServerOptions } from '@liberzmq/core';
import { Models } from '../models.js';
import type { Output, Schema } from '../schema/schema.js';
import { handleChecked } from './handle-checked.js';
import { ValidatedRequester } from './validate.js';

/**
 * A server that checks the data of requests. What is not valid never reaches the handler, and its caller gets `INVALID_INPUT` with the issues.
 * Handlers get what the schema makes of it. Actions without a schema are not checked.
 * @example
 * ```ts
 * const server = new ValidatedServer({ address: 'tcp://127.0.0.1:5556' });
 * server.registerHandler('add', ({ a, b }) => a + b, Type.Object({ a: Type.Number(), b: Type.Number() }));
 * await server.startServer();
 * ```
 */
export class ValidatedServer extends Server {
  readonly #requests: Models;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: ServerOptions) {
    const requests = new Models();
    super(withCheckedService(options, requests));
    this.#requests = requests;
  }

  /**
   * Sets the schema of an action's data, before or after its handler. A second one takes the place of the first.
   * @throws ConfigurationError BAD_OPTION
   */
  registerValidator(action: string, schema: Schema): this {
    this.#requests.addExact(action, schema);
    return this;
  }

  /**
   * Sets the handler of an action, and the schema of its data.
   * @throws ConfigurationError BAD_OPTION if the action has a handler, if the schema is none, or if the server was given a requester
   */
  override registerHandler<S extends Schema>(
    action: string,
    handler: (data: Output<S>, context: RequestContext) => unknown,
    schema: S,
  ): this;
  override registerHandler(action: string, handler: ActionHandler): this;
  override registerHandler(action: string, handler: ActionHandler, ...schemas: Schema[]): this {
    const register = (): this => super.registerHandler(action, this.#checked(handler));
    // A schema that is given and is none, not even undefined, must not leave a handler behind that nothing protects.
    if (schemas.length === 0) return register();
    const [schema] = schemas as [Schema];
    new Models().addExact(action, schema);
    return register().registerValidator(action, schema);
  }

  /** The data of actions that have a schema is checked here as well. */
  override setDefaultHandler(handler: ActionHandler | undefined): this {
    return super.setDefaultHandler(this.#checked(handler));
  }

  /** A handler behind the check. What is no function is left for the server to refuse. */
  #checked(handler: ActionHandler | undefined): ActionHandler {
    if (typeof handler !== 'function') return handler as unknown as ActionHandler;
    const requests = this.#requests;
    return (data, context) => {
      const validator = requests.of(context.action);
      return validator === undefined ? handler(data, context) : handleChecked(validator, data, context, handler);
    };
  }
}

/** Handlers of a requester that is given are not registered here, so that the check goes around it. */
function withCheckedService(options: ServerOptions, requests: Models): ServerOptions {
  const service = (options as ServerOptions | undefined)?.service;
  if (service === undefined) return options;
  return { ...options, service: new ValidatedRequester(service, { requests, responses: new Models() }, false) };
}
