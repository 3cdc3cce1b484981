import type { CloseOptions, Requester, RequestOptions } from '@liberzmq/core';
import { badOption, checkKeys, checkOneOf } from '../options.js';
import { ValidatedRequester } from '../requests/validate.js';
import type { Input, Output, Schema } from '../schema/schema.js';
import { whatIsLeft, withinLimits } from '../time-limit.js';
import type { ActionDefinition, Actions, Contract } from './contract.js';
import { compiledContract } from './define-contract.js';
import { ServerCheck, type OnIncompatible } from './server-check.js';

/** For {@link typedClient}. */
export interface TypedClientOptions {
  /**
   * What to do if the server's contract is another one, with which some of this one's actions do not work. It is asked for with the first request, and
   * again after each new connection, where the requester tells of those, as a `Client` does.
   * - `'ignore'`: it is not asked for.
   * - `'warn'`: what does not fit is logged. Requests do not wait for that.
   * - `'refuse'`: requests of actions that do not fit fail with `PROTOCOL`, `not-sent`; so do all if the server does not tell its contract.
   * @defaultValue 'ignore': data is checked anyway
   */
  onIncompatible?: OnIncompatible | undefined;
}

/** What is asked of an action. */
export type RequestData<D extends ActionDefinition> = D['request'] extends Schema
  ? Input<D['request']>
  : Input<Extract<D['request'], Schema>> | undefined;

/** What an action answers, to its client. */
export type ResponseData<D extends ActionDefinition> = D['response'] extends Schema
  ? Output<D['response']>
  : Output<Extract<D['response'], Schema>> | undefined;

/** Asks for one action. What need not be given may be left out. */
export type ActionCall<D extends ActionDefinition> =
  undefined extends RequestData<D>
    ? (data?: RequestData<D>, options?: RequestOptions) => Promise<ResponseData<D>>
    : (data: RequestData<D>, options?: RequestOptions) => Promise<ResponseData<D>>;

/** What a typed client calls its own; actions of these names are there through `call`. */
type OwnName = 'call' | 'checkServer' | 'close' | 'constructor' | 'then';

/** A method for each action of a contract, and `call` for all. */
export type TypedClient<A extends Actions> = {
  readonly [N in Exclude<keyof A, OwnName>]: ActionCall<A[N]>;
} & {
  /**
   * Asks for an action by its name.
   * @throws ValidationError INVALID_INPUT, INVALID_OUTPUT; ConfigurationError BAD_OPTION for an action that the contract does not have; MessageError
   * PROTOCOL if the server does not fit; and as the requester does
   */
  call<N extends keyof A & string>(action: N, ...args: Parameters<ActionCall<A[N]>>): ReturnType<ActionCall<A[N]>>;
  /**
   * Asks the server for its contract, and says what of this one does not work with it.
   * @throws MessageError PROTOCOL if it does not tell; and as the requester does
   */
  checkServer(options?: RequestOptions): ReturnType<ServerCheck['check']>;
  /** Closes the requester. */
  close(options?: CloseOptions): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** A method would be taken for something else: one called `then` makes a promise of an object. */
const OWN_NAMES: ReadonlySet<string> = new Set<OwnName>(['call', 'checkServer', 'close', 'constructor', 'then']);

/**
 * A client whose actions are methods, typed by a contract. Around any requester: a client, a pool, a balancer, a service in memory. Data is checked before
 * it is sent, and results before they are given. `idempotent` and the time limit of an action hold unless a request says otherwise.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const client = typedClient(new Client({ address: 'tcp://127.0.0.1:5556' }), calculator);
 * const sum = await client.add({ a: 1, b: 2 });
 * ```
 */
export function typedClient<A extends Actions>(
  requester: Requester,
  contract: Contract<A>,
  options: TypedClientOptions = {},
): TypedClient<A> {
  checkKeys('typedClient', options, ['onIncompatible']);
  checkOneOf('typedClient', 'onIncompatible', options.onIncompatible, ['ignore', 'warn', 'refuse']);
  if (typeof (requester as Partial<Requester> | null)?.sendRequest !== 'function') {
    throw badOption('typedClient: give it a requester (a client, a service, a pool), and a contract');
  }
  const client = new ContractClient(requester, contract, options.onIncompatible ?? 'ignore');
  return client as unknown as TypedClient<A>;
}

class ContractClient {
  readonly #validated: ValidatedRequester;
  readonly #actions: ReadonlyMap<string, RequestOptions | undefined>;
  readonly #server: ServerCheck;

  constructor(requester: Requester, contract: Contract, onIncompatible: OnIncompatible) {
    const { actions, requests, responses } = compiledContract('typedClient', contract);
    this.#validated = new ValidatedRequester(requester, { requests, responses }, true);
    this.#actions = actions;
    this.#server = new ServerCheck(requester, contract, onIncompatible);
    for (const action of actions.keys()) {
      if (OWN_NAMES.has(action)) continue;
      const value = (data?: unknown, options?: RequestOptions): Promise<unknown> => this.call(action, data, options);
      Object.defineProperty(this, action, { value, enumerable: true });
    }
  }

  call(action: string, data?: unknown, given?: RequestOptions): Promise<unknown> {
    const known = this.#actions.get(action);
    if (known === undefined && !this.#actions.has(action)) return Promise.reject(this.#unknown(action));
    const options = given === undefined ? known : withDefaults(given, known);
    const compatible = this.#server.before(action);
    if (compatible !== undefined) return this.#callAfter(compatible, action, data, options);
    return this.#validated.sendRequest(action, data, options);
  }

  checkServer(options?: RequestOptions): ReturnType<ServerCheck['check']> {
    return this.#server.check(options);
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#validated.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #callAfter(
    compatible: Promise<Error | undefined>,
    action: string,
    data: unknown,
    options: RequestOptions | undefined,
  ): Promise<unknown> {
    const started = performance.now();
    const refusal = await withinLimits(compatible, `the request '${action}'`, options ?? {}, 'not-sent');
    if (refusal !== undefined) throw refusal;
    return this.#validated.sendRequest(action, data, whatIsLeft(options, started));
  }

  #unknown(action: unknown): Error {
    const known = [...this.#actions.keys()].join(', ');
    return badOption(`typedClient: the contract has no action '${String(action)}'; it has ${known || 'none'}`);
  }
}

/** What a request is given wins; what it leaves out is as the contract says. */
function withDefaults(given: RequestOptions, defaults: RequestOptions | undefined): RequestOptions {
  // What are no options is left for the requester to refuse.
  if (defaults === undefined || typeof given !== 'object' || (given as unknown) === null) return given;
  const { idempotent = defaults.idempotent, timeoutMs = defaults.timeoutMs } = given;
  return { ...given, idempotent, timeoutMs };
}
