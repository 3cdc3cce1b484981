import { standardOf, type Schema } from '../schema/schema.js';
import type { SchemaOptions } from '../validator/schema-options.js';
import { Validator } from '../validator/validator.js';
import { badOption } from '../options.js';
import { CONTRACT, type Contract } from './contract.js';
import { digestOf } from './digest.js';
import { ADAPTS, jsonForm, OPAQUE, type JsonSchema } from './json-form.js';

/** An action, as JSON. What is `null` has no data. */
export interface ActionDescription {
  readonly request: JsonSchema | null;
  readonly response: JsonSchema | null;
  readonly idempotent: boolean;
  readonly timeoutMs?: number;
  readonly description?: string;
}

/** What is published on a topic, as JSON. */
export interface TopicDescription {
  readonly message: JsonSchema;
  readonly description?: string;
}

/** What is handed out as a task, as JSON. */
export interface TaskDescription {
  readonly data: JsonSchema;
  readonly description?: string;
}

/** A contract as JSON: what a server tells of it, and what contracts are compared by. */
export interface ContractDescription {
  readonly version: string;
  readonly title: string;
  readonly description?: string;
  readonly fingerprint: string;
  readonly actions: Readonly<Record<string, ActionDescription>>;
  readonly topics: Readonly<Record<string, TopicDescription>>;
  readonly tasks: Readonly<Record<string, TaskDescription>>;
}

/** Whether it is a contract, whatever else it could be. */
export function isContract(value: unknown): value is Contract {
  return typeof value === 'object' && value !== null && CONTRACT in value;
}

const descriptions = new WeakMap<Contract, ContractDescription>();

/**
 * A contract as JSON that any serializer can carry, always the same object for the same contract. Its schemas say what crosses the wire: what senders
 * give, before anything is transformed. A part that JSON Schema has no words for allows anything and has a keyword that begins with `x-liberzmq-`;
 * so has the whole schema of a library that offers no JSON Schema.
 */
export function describeContract(contract: Contract): ContractDescription {
  if (!isContract(contract)) throw badOption('a contract must be one that defineContract has made');
  const known = descriptions.get(contract);
  if (known !== undefined) return known;
  const { version, title, description, schemaOptions } = contract;
  const schema = (each: Schema): JsonSchema => describeSchema(each, schemaOptions);
  const actions = mapped(contract.actions, ({ request, response, idempotent = false, timeoutMs, description }) => ({
    request: request === undefined ? null : schema(request),
    response: response === undefined ? null : schema(response),
    idempotent,
    // JSON has no `Infinity`; without a time limit is what is left then.
    ...(timeoutMs !== undefined && Number.isFinite(timeoutMs) ? { timeoutMs } : {}),
    ...described(description),
  }));
  const topics = mapped(contract.topics, ({ message, description }) => ({
    message: schema(message),
    ...described(description),
  }));
  const tasks = mapped(contract.tasks, ({ data, description }) => ({ data: schema(data), ...described(description) }));
  const result: ContractDescription = {
    version,
    title,
    ...described(description),
    fingerprint: digestOf({ actions, topics, tasks }),
    actions,
    topics,
    tasks,
  };
  descriptions.set(contract, result);
  return result;
}

function describeSchema(schema: Schema, options: SchemaOptions): JsonSchema {
  const given: unknown = schema;
  if (given instanceof Validator) return describeSchema(given.schema, given.options);
  const standard = standardOf(schema);
  if (standard !== undefined) return describeStandard(standard);
  const adapts = Object.entries(options).filter(([name, value]) => name !== 'unsafePatterns' && Boolean(value));
  const form = jsonForm(schema);
  return adapts.length === 0 ? form : { ...(form as object), [ADAPTS]: Object.fromEntries(adapts) };
}

/** What a Standard JSON Schema offers, see https://standardschema.dev/json-schema. */
interface JsonSchemaSource {
  readonly vendor?: unknown;
  readonly jsonSchema?: { readonly input?: (options: { readonly target: string }) => unknown };
}

function describeStandard({ vendor, jsonSchema }: JsonSchemaSource): JsonSchema {
  try {
    // What libraries cannot put into words they throw at.
    if (jsonSchema?.input !== undefined) return jsonForm(jsonSchema.input({ target: 'draft-2020-12' }));
  } catch {
    return { [OPAQUE]: String(vendor) };
  }
  return { [OPAQUE]: String(vendor) };
}

function mapped<T, U>(entries: Readonly<Record<string, T>>, describe: (entry: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, describe(entry)]));
}

function described(description: string | undefined): { readonly description?: string } {
  return description === undefined ? {} : { description };
}
