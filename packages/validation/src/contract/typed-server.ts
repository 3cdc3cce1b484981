import { ValidationError, type ActionHandler, type RequestContext } from '@liberzmq/core';
import { badOption, checkKeys, checkOneOf } from '../options.js';
import { handleChecked } from '../requests/handle-checked.js';
import type { Input, Output, Schema } from '../schema/schema.js';
import { validationError } from '../validation-error.js';
import type { Checked } from '../validator/checked.js';
import type { Validator } from '../validator/validator.js';
import { CONTRACT_ACTION, contractsAnswer } from './contract-action.js';
import type { ActionDefinition, Actions, Contract } from './contract.js';
import { compiledContract, type CompiledContract } from './define-contract.js';
import { NO_RESULT } from './no-data.js';

/** Something that handlers can be registered with: a `Server`, or a `Service` in memory. */
export interface ActionRegistry {
  registerHandler(action: string, handler: ActionHandler): unknown;
  unregisterHandler(action: string): boolean;
}

/** For {@link typedServer}. */
export interface TypedServerOptions {
  /**
   * Whether a client is told what is wrong with a result that is not as the contract says. It is logged here in any case.
   * @defaultValue false: a result may hold what is none of the client's business
   */
  exposeInvalidOutput?: boolean | undefined;
  /**
   * Whether `$contract` is answered, so that clients can compare contracts before they rely on one.
   * @defaultValue true
   */
  exposeContract?: boolean | undefined;
}

/** What a handler is given. */
export type HandlerInput<D extends ActionDefinition> = D['request'] extends Schema
  ? Output<D['request']>
  : Output<Extract<D['request'], Schema>> | undefined;

/** What a handler returns, or resolves with. */
export type HandlerResult<D extends ActionDefinition> = D['response'] extends Schema ? Input<D['response']> : unknown;

/** What works on an action. */
export type TypedHandler<D extends ActionDefinition> = (
  input: HandlerInput<D>,
  context: RequestContext,
) => HandlerResult<D> | Promise<HandlerResult<D>>;

/** A handler for each action of a contract. */
export type TypedHandlers<A extends Actions> = { readonly [N in keyof A]: TypedHandler<A[N]> };

/** A server that waits for its handlers. */
export interface TypedServer<A extends Actions, S> {
  /**
   * Registers a handler for each action of the contract: one that is missing, or too many, does not compile, and is refused.
   * @returns the server itself
   * @throws ConfigurationError BAD_OPTION, also if the server has a handler for one of them; then none is registered
   */
  handle<H extends TypedHandlers<A>>(handlers: H & NoMore<H, keyof A>): S;
}

/** A handler for what the contract does not have is no handler. What is no function is none anyway. */
type NoMore<H, Known> = {
  readonly [N in Exclude<keyof H, Known> as H[N] extends (...args: never) => unknown ? N : never]: never;
};

/** The contracts that a server tells of. */
const contractsOf = new WeakMap<object, Contract[]>();

/**
 * Has a server work by a contract. Data that is not valid never reaches a handler, and its caller gets `INVALID_INPUT` with the issues. A result that is
 * not valid is logged, and its caller gets `INVALID_OUTPUT` without them. The server answers `$contract`.
 *
 * A server may work by several contracts, as long as no action is in two of them.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const server = typedServer(new Server({ address: 'tcp://127.0.0.1:5556' }), calculator).handle({ add: ({ a, b }) => a + b });
 * await server.startServer();
 * ```
 */
export function typedServer<A extends Actions, S extends ActionRegistry>(
  server: S,
  contract: Contract<A>,
  options: TypedServerOptions = {},
): TypedServer<A, S> {
  checkKeys('typedServer', options, ['exposeInvalidOutput', 'exposeContract']);
  const { exposeInvalidOutput = false, exposeContract = true } = options;
  checkOneOf('typedServer', 'exposeInvalidOutput', exposeInvalidOutput, [true, false]);
  checkOneOf('typedServer', 'exposeContract', exposeContract, [true, false]);
  if (typeof (server as Partial<ActionRegistry> | null)?.registerHandler !== 'function') {
    throw badOption('typedServer: give it a server or a service, and a contract');
  }
  const compiled = compiledContract('typedServer', contract);
  return {
    handle(handlers: Readonly<Record<string, unknown>>) {
      checkHandlers(handlers, compiled);
      const checked = checkedHandlers(handlers, compiled, exposeInvalidOutput);
      const told = exposeContract ? (contractsOf.get(server) ?? []) : undefined;
      if (told?.length === 0) checked.set(CONTRACT_ACTION, (data) => contractsAnswer(told, data));
      registerAll(server, checked);
      if (told !== undefined) contractsOf.set(server, told);
      if (told?.includes(contract) === false) told.push(contract);
      return server;
    },
  };
}

function checkHandlers(handlers: Readonly<Record<string, unknown>>, { actions }: CompiledContract): void {
  if (typeof handlers !== 'object' || (handlers as unknown) === null) {
    throw badOption('typedServer: handle takes an object with a handler for each action');
  }
  for (const action of actions.keys()) {
    const handler = handlers[action];
    // What every object inherits, `toString` for one, is nobody's handler.
    const isInherited = handler === (Object.prototype as Readonly<Record<string, unknown>>)[action];
    if (typeof handler !== 'function' || isInherited)
      throw badOption(`typedServer: there is no handler for '${action}'`);
  }
  const extra = Object.keys(handlers).find((name) => typeof handlers[name] === 'function' && !actions.has(name));
  if (extra === undefined) return;
  throw badOption(
    `typedServer: there is a handler for '${extra}', which the contract does not have; it has ${[...actions.keys()].join(', ') || 'no actions'}`,
  );
}

function checkedHandlers(
  handlers: Readonly<Record<string, unknown>>,
  { actions, requests, responses }: CompiledContract,
  exposesIssues: boolean,
): Map<string, ActionHandler> {
  const checked = new Map<string, ActionHandler>();
  for (const action of actions.keys()) {
    const handler = (handlers[action] as ActionHandler).bind(handlers);
    const request = requests.of(action) as Validator;
    const response = responses.of(action) as Validator;
    checked.set(action, new CheckedHandler(action, handler, request, response, exposesIssues).run);
  }
  return checked;
}

/** All of them, or none. */
function registerAll(server: ActionRegistry, handlers: ReadonlyMap<string, ActionHandler>): void {
  const registered: string[] = [];
  try {
    for (const [action, handler] of handlers) {
      server.registerHandler(action, handler);
      registered.push(action);
    }
  } catch (error) {
    for (const action of registered) server.unregisterHandler(action);
    throw error;
  }
}

/** A handler between the checks of its data and of its result. What need not wait does not. */
class CheckedHandler {
  readonly #action: string;
  readonly #handler: ActionHandler;
  readonly #request: Validator;
  readonly #response: Validator;
  readonly #exposesIssues: boolean;

  constructor(action: string, handler: ActionHandler, request: Validator, response: Validator, exposesIssues: boolean) {
    this.#action = action;
    this.#handler = handler;
    this.#request = request;
    this.#response = response;
    this.#exposesIssues = exposesIssues;
  }

  readonly run: ActionHandler = (data, context) => handleChecked(this.#request, data, context, this.#handle);

  readonly #handle: ActionHandler = (input, context) => {
    const result = this.#handler(input, context);
    return isThenable(result)
      ? Promise.resolve(result).then((value) => this.#checkResult(value, context))
      : this.#checkResult(result, context);
  };

  #checkResult(result: unknown, context: RequestContext): unknown {
    if (this.#response === NO_RESULT) return undefined;
    const checked = this.#response.checkInput(result);
    return checked instanceof Promise
      ? checked.then((settled) => this.#resultOf(settled, context))
      : this.#resultOf(checked, context);
  }

  /** @throws ValidationError INVALID_OUTPUT */
  #resultOf(checked: Checked<unknown>, context: RequestContext): unknown {
    if (checked.issues === undefined) return checked.value;
    const what = `the result of '${this.#action}'`;
    const error = validationError('INVALID_OUTPUT', what, checked.issues);
    context.log.error({ err: error, issues: checked.issues }, 'a result is not as the contract says');
    if (this.#exposesIssues) throw error;
    throw new ValidationError('INVALID_OUTPUT', `${what} is not as the contract says; its server has logged why`);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
