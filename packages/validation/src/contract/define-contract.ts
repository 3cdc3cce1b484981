import { LiberZMQError, type RequestOptions } from '@liberzmq/core';
import { Models } from '../models.js';
import { badOption, checkKeys } from '../options.js';
import { standardOf, type Schema } from '../schema/schema.js';
import { checkSchemaOptions, SCHEMA_OPTIONS, type SchemaOptions } from '../validator/schema-options.js';
import { validatorOf, type Validator } from '../validator/validator.js';
import {
  CONTRACT,
  type ActionDefinition,
  type Actions,
  type Contract,
  type ContractDefinition,
  type Nothing,
  type Tasks,
  type Topics,
} from './contract.js';
import { fingerprintOf } from './fingerprint.js';
import { NO_DATA, NO_RESULT } from './no-data.js';
import { byPrecision } from './topic-names.js';

/** Names that begin with it are for questions about a contract, not for what is in it. */
const RESERVED = '$';
const DEFINITION_KEYS = ['version', 'title', 'description', 'actions', 'topics', 'tasks', ...SCHEMA_OPTIONS];
const UNTITLED = 'contract';

/** What a contract is to those who check by it. */
export interface CompiledContract {
  /** Actions, with what a request is given unless its caller says otherwise. */
  readonly actions: ReadonlyMap<string, RequestOptions | undefined>;
  readonly requests: Models;
  readonly responses: Models;
  readonly topics: Models;
  readonly tasks: Models;
}

const compiled = new WeakMap<object, CompiledContract>();

/**
 * What two sides agree on: actions with what is asked and answered, topics with what is published, tasks with their data. Put it where both import it.
 * Schemas are made by `Type.*` of `typebox`, or by any library that follows Standard Schema.
 * @throws ConfigurationError BAD_OPTION that says which part of it is wrong
 * @example
 * ```ts
 * export const calculator = defineContract({
 *   version: '1.0.0',
 *   actions: { add: { request: Type.Object({ a: Type.Number(), b: Type.Number() }), response: Type.Number(), idempotent: true } },
 *   topics: { 'result.added': { message: Type.Number() } },
 * });
 * ```
 */
export function defineContract<A extends Actions = Nothing, T extends Topics = Nothing, K extends Tasks = Nothing>(
  definition: ContractDefinition<A, T, K>,
): Contract<A, T, K> {
  checkKeys('defineContract', definition, DEFINITION_KEYS);
  const { version, title = UNTITLED, description, actions, topics, tasks, ...schemaOptions } = definition;
  checkText('version', version);
  checkText('title', title);
  if (description !== undefined) checkText('description', description);
  checkSchemaOptions('defineContract', schemaOptions);
  checkEntries('actions', actions);
  checkEntries('topics', topics);
  checkEntries('tasks', tasks);
  const contract: Contract<A, T, K> = {
    [CONTRACT]: true,
    version,
    title,
    description,
    actions: frozen(actions) as A,
    topics: frozen(topics) as T,
    tasks: frozen(tasks) as K,
    schemaOptions: Object.freeze(schemaOptions),
    get fingerprint() {
      return fingerprintOf(contract);
    },
  };
  compiled.set(contract, compile(contract));
  return Object.freeze(contract);
}

/** @throws ConfigurationError BAD_OPTION if it is no contract */
export function compiledContract(where: string, contract: Contract): CompiledContract {
  const known = compiled.get(contract);
  if (known !== undefined) return known;
  throw badOption(`${where}: the contract must be one that defineContract has made`);
}

function compile({ actions, topics, tasks, schemaOptions }: Contract): CompiledContract {
  const optionsOfActions = new Map<string, RequestOptions | undefined>();
  const [requests, responses, topicModels, taskModels] = [new Models(), new Models(), new Models(), new Models()];
  for (const [name, action] of Object.entries(actions)) {
    const where = `action '${name}'`;
    checkEntry(where, action, ['request', 'response', 'idempotent', 'timeoutMs', 'description']);
    if (name.startsWith(RESERVED)) throw badOption(`defineContract: ${where}: names that begin with $ are reserved`);
    const { request, response } = action;
    part(`${where}: request`, () => {
      requests.addExact(name, request === undefined ? NO_DATA : adapted(request, schemaOptions));
    });
    part(`${where}: response`, () => {
      responses.addExact(name, response === undefined ? NO_RESULT : adapted(response, schemaOptions));
    });
    optionsOfActions.set(name, optionsOf(where, action));
  }
  for (const [name, topic] of Object.entries(topics).sort(([name], [other]) => byPrecision(name, other))) {
    checkEntry(`topic '${name}'`, topic, ['message', 'description']);
    part(`topic '${name}': message`, () => {
      topicModels.add(name, adapted(topic.message, schemaOptions));
    });
  }
  for (const [type, task] of Object.entries(tasks)) {
    checkEntry(`task '${type}'`, task, ['data', 'description']);
    part(`task '${type}': data`, () => {
      taskModels.addExact(type, adapted(task.data, schemaOptions));
    });
  }
  return { actions: optionsOfActions, requests, responses, topics: topicModels, tasks: taskModels };
}

/** A Standard Schema says itself how it adapts data. */
function adapted(schema: Schema, options: SchemaOptions): Validator {
  return standardOf(schema) === undefined ? validatorOf(schema, options) : validatorOf(schema);
}

function optionsOf(where: string, { idempotent, timeoutMs }: ActionDefinition): RequestOptions | undefined {
  if (idempotent !== undefined && typeof idempotent !== 'boolean') {
    throw badOption(`defineContract: ${where}: idempotent must be true or false`);
  }
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0)) {
    throw badOption(`defineContract: ${where}: timeoutMs must be above 0; Infinity is allowed`);
  }
  if (idempotent === undefined && timeoutMs === undefined) return undefined;
  return Object.freeze({ idempotent, timeoutMs });
}

/** Has an error say which part of the contract it is about. */
function part<R>(where: string, make: () => R): R {
  try {
    return make();
  } catch (error) {
    if (error instanceof LiberZMQError) throw badOption(`defineContract: ${where}: ${error.message}`);
    throw error;
  }
}

function checkEntries(what: string, entries: unknown): void {
  if (entries === undefined) return;
  // Of a map or an array, nothing would be seen.
  if (typeof entries !== 'object' || entries === null || Symbol.iterator in entries) {
    throw badOption(`defineContract: ${what} must be an object with an entry for each of them`);
  }
}

/** A copy that stays as it is. */
function frozen(entries: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const copies = Object.entries(entries).map(
    ([name, entry]) =>
      [name, typeof entry === 'object' && entry !== null ? Object.freeze({ ...entry }) : entry] as const,
  );
  return Object.freeze(Object.fromEntries(copies));
}

function checkEntry(where: string, entry: unknown, keys: readonly string[]): void {
  checkKeys(`defineContract: ${where}`, entry, keys);
  const { description } = entry as { description?: unknown };
  if (description !== undefined) checkText(`${where}: description`, description);
}

function checkText(what: string, value: unknown): void {
  if (typeof value === 'string' && value !== '') return;
  throw badOption(`defineContract: ${what} must be a string that is not empty`);
}
