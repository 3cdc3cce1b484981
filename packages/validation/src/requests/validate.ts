import { ConnectionError, type CloseOptions, type Layer, type Requester, type RequestOptions } from '@liberzmq/core';
import { Models } from '../models.js';
import { badOption, checkKeys, checkOneOf } from '../options.js';
import type { Schema } from '../schema/schema.js';
import { failPending, onClosed, whatIsLeft, withinLimits, type Pending } from '../time-limit.js';
import { validationError } from '../validation-error.js';
import type { Checked } from '../validator/checked.js';
import type { Validator } from '../validator/validator.js';

/** For {@link validate}. */
export interface ValidateOptions {
  /** A schema for the data of each action. Data of other actions passes unchecked. */
  requests?: Readonly<Record<string, Schema>> | undefined;
  /** A schema for the result of each action. Results of other actions pass unchecked. */
  responses?: Readonly<Record<string, Schema>> | undefined;
  /**
   * On which side of the connection the layer is. A client's sends data as it was given, and gives results as the schema makes them; a server's the
   * other way round. It makes no difference for schemas that only check.
   * @defaultValue 'client'
   */
  side?: 'client' | 'server' | undefined;
}

/**
 * A layer that checks the data of requests and their results. Data that is not valid fails with `INVALID_INPUT`, `not-sent`, and nothing is asked;
 * a result that is not valid fails with `INVALID_OUTPUT`, `answered`.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const requester = validate({ requests: { add: Pair }, responses: { add: Type.Number() } })(client);
 * const server = new Server({ address, service: validate({ requests: { add: Pair }, side: 'server' })(service) });
 * ```
 */
export function validate(options: ValidateOptions): Layer {
  checkKeys('validate', options, ['requests', 'responses', 'side']);
  const { requests, responses, side = 'client' } = options;
  checkOneOf('validate', 'side', side, ['client', 'server']);
  const models = { requests: modelsFrom('requests', requests), responses: modelsFrom('responses', responses) };
  return (inner) => new ValidatedRequester(inner, models, side === 'client');
}

/** The validators of actions. They may change while requests come. */
export interface ActionModels {
  readonly requests: Models;
  readonly responses: Models;
}

/** The checks of data that is yet to be asked of a requester, through whichever layer. */
const askingOf = new WeakMap<Requester, Pending>();

function checksFor(requester: Requester): Pending {
  const known = askingOf.get(requester);
  if (known !== undefined) return known;
  const asking: Pending = new Set();
  onClosed(requester, () => endChecks(asking));
  askingOf.set(requester, asking);
  return asking;
}

function endChecks(asking: Pending): void {
  const error = new ConnectionError('CLOSED', 'it was closed while the data was checked', { outcome: 'not-sent' });
  failPending(asking, error);
}

type Check = Checked<unknown> | Promise<Checked<unknown>>;

/** A requester whose data and results are checked. */
export class ValidatedRequester implements Requester {
  readonly #inner: Requester;
  readonly #models: ActionModels;
  readonly #isClient: boolean;
  readonly #asking: Pending;

  constructor(inner: Requester, models: ActionModels, isClient: boolean) {
    this.#inner = inner;
    this.#asking = checksFor(inner);
    this.#models = models;
    this.#isClient = isClient;
  }

  sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    const { requests, responses } = this.#models;
    const request = requests.of(action);
    const response = responses.of(action);
    const check = request === undefined ? undefined : this.#checkRequest(request, data);
    if (check instanceof Promise) return this.#afterCheck(check, action, response, options);
    if (check?.issues !== undefined) return Promise.reject(invalidInput(action, check.issues));
    const answer = this.#inner.sendRequest(action, check === undefined ? data : check.value, options);
    if (response === undefined) return answer;
    // The clock is looked at only where it may be wanted.
    const started = response.isSynchronous ? 0 : performance.now();
    return this.#checked(answer, action, response, options, started);
  }

  close(options?: CloseOptions): Promise<void> {
    const closing = this.#inner.close(options);
    // What cannot be closed goes on.
    void closing.then(
      () => endChecks(this.#asking),
      () => undefined,
    );
    return closing;
  }

  #checkRequest(validator: Validator, data: unknown): Check {
    return this.#isClient ? validator.checkInput(data) : validator.check(data);
  }

  async #afterCheck(
    check: Promise<Checked<unknown>>,
    action: string,
    response: Validator | undefined,
    options: RequestOptions | undefined,
  ): Promise<unknown> {
    const started = performance.now();
    const checked = await withinLimits(check, `the data of '${action}'`, options ?? {}, 'not-sent', this.#asking);
    if (checked.issues !== undefined) throw invalidInput(action, checked.issues);
    const answer = this.#inner.sendRequest(action, checked.value, whatIsLeft(options, started));
    return response === undefined ? answer : this.#checked(answer, action, response, options, started);
  }

  #checked(
    answer: Promise<unknown>,
    action: string,
    validator: Validator,
    options: RequestOptions | undefined,
    started: number,
  ): Promise<unknown> {
    return answer.then((result) => {
      const check = this.#isClient ? validator.check(result) : validator.checkInput(result);
      if (!(check instanceof Promise)) return resultOf(action, check);
      const limits = whatIsLeft(options, started) ?? {};
      const settled = withinLimits(check, `the result of '${action}'`, limits, 'unknown');
      return settled.then((checked) => resultOf(action, checked));
    });
  }
}

/** @throws ValidationError INVALID_OUTPUT */
function resultOf(action: string, checked: Checked<unknown>): unknown {
  if (checked.issues === undefined) return checked.value;
  throw validationError('INVALID_OUTPUT', `the result of '${action}'`, checked.issues, 'answered');
}

function invalidInput(action: string, issues: Parameters<typeof validationError>[2]): Error {
  return validationError('INVALID_INPUT', `the data of '${action}'`, issues, 'not-sent');
}

function modelsFrom(option: string, schemas: unknown): Models {
  const models = new Models();
  if (schemas === undefined) return models;
  if (typeof schemas !== 'object' || schemas === null || Array.isArray(schemas)) {
    throw badOption(`validate: option '${option}' must be an object of schemas`);
  }
  for (const [action, schema] of Object.entries(schemas)) models.addExact(action, schema as Schema);
  return models;
}
