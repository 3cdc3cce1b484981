import type { Contract } from '../contract/contract.js';
import { describeContract, type ContractDescription } from '../contract/description.js';
import type { JsonObject, JsonSchema } from '../contract/json-form.js';
import { checkedOptions, type AsyncApiOptions, type ServerObject } from './async-api-options.js';
import { Definitions } from './definitions.js';
import { ERROR_SCHEMA } from './error-schema.js';
import { literalAddress, safeName, topicAddress, UniqueNames } from './names.js';
import { schemaObject } from './schema-object.js';

/** An AsyncAPI document, as JSON. */
export interface AsyncApiDocument {
  readonly asyncapi: '3.1.0';
  readonly info: JsonObject & { readonly title: string; readonly version: string };
  readonly defaultContentType: string;
  readonly servers: Readonly<Record<string, ServerObject>>;
  readonly channels: Readonly<Record<string, JsonObject>>;
  readonly operations: Readonly<Record<string, JsonObject>>;
  readonly components: {
    readonly messages: Readonly<Record<string, JsonObject>>;
    readonly schemas: Readonly<Record<string, JsonObject>>;
  };
}

/**
 * A contract as an AsyncAPI 3.1 document. It is told from the side of the one that answers the actions, publishes the topics and does the tasks: it
 * receives requests and replies to them, sends what it publishes, and receives tasks. A `*` in a topic is a parameter of the address.
 * @throws ConfigurationError BAD_OPTION
 */
export function toAsyncApi(contract: Contract, options: AsyncApiOptions): AsyncApiDocument {
  const { servers, contentType } = checkedOptions(options);
  const described = describeContract(contract);
  const { channels, operations, messages, schemas } = new Parts(described);
  const names = new UniqueNames();
  const { title, version, description, fingerprint } = described;
  return {
    asyncapi: '3.1.0',
    info: { title, version, ...said(description), 'x-liberzmq-fingerprint': fingerprint },
    defaultContentType: contentType,
    servers: Object.fromEntries(servers.map(([name, server]) => [names.of(name), server])),
    channels: Object.fromEntries(channels),
    operations: Object.fromEntries(operations),
    components: {
      messages: Object.fromEntries(messages),
      schemas: Object.fromEntries(
        Object.entries(schemas.all()).map(([name, schema]) => [name, schemaObject(schema)] as const),
      ),
    },
  };
}

/** The parts of a document that a contract's entries make, each under its key. */
class Parts {
  readonly channels: [string, JsonObject][] = [];
  readonly operations: [string, JsonObject][] = [];
  readonly messages: [string, JsonObject][] = [];
  readonly schemas = new Definitions(safeName, (name) => `#/components/schemas/${name}`);
  readonly #names = new UniqueNames();

  constructor({ actions, topics, tasks }: ContractDescription) {
    for (const [name, action] of Object.entries(actions)) this.#addAction(name, action);
    for (const [name, { message, description }] of Object.entries(topics)) {
      this.#addOneWay(this.#names.of(`topics.${name}`), 'send', topicAddress(name), name, message, description);
    }
    for (const [name, { data, description }] of Object.entries(tasks)) {
      const address = { address: literalAddress(name) };
      this.#addOneWay(this.#names.of(`tasks.${name}`), 'receive', address, name, data, description);
    }
  }

  #addAction(name: string, action: ContractDescription['actions'][string]): void {
    const { request, response, idempotent, timeoutMs, description } = action;
    const key = this.#names.of(`actions.${name}`);
    if (this.messages.length === 0) this.#addMessage('error', 'error', ERROR_SCHEMA);
    this.#addMessage(`${key}.request`, name, request);
    this.#addMessage(`${key}.response`, name, response);
    const messages = {
      request: component(`${key}.request`),
      response: component(`${key}.response`),
      error: component('error'),
    };
    this.channels.push([key, { address: literalAddress(name), ...said(description), messages }]);
    const channel = { $ref: `#/channels/${key}` };
    const operation = {
      action: 'receive',
      channel,
      ...said(description),
      messages: [messageOf(key, 'request')],
      reply: { channel, messages: [messageOf(key, 'response'), messageOf(key, 'error')] },
      'x-liberzmq-idempotent': idempotent,
      ...(timeoutMs === undefined ? {} : { 'x-liberzmq-timeout-ms': timeoutMs }),
    };
    this.operations.push([key, operation]);
  }

  #addOneWay(
    key: string,
    action: 'send' | 'receive',
    channel: JsonObject,
    name: string,
    schema: JsonSchema,
    description: string | undefined,
  ): void {
    this.#addMessage(key, name, schema);
    this.channels.push([key, { ...channel, ...said(description), messages: { message: component(key) } }]);
    const messages = [messageOf(key, 'message')];
    this.operations.push([key, { action, channel: { $ref: `#/channels/${key}` }, ...said(description), messages }]);
  }

  #addMessage(key: string, name: string, schema: JsonSchema | null): void {
    this.messages.push([
      key,
      { name, ...(schema === null ? {} : { payload: { $ref: this.schemas.add(key, schema) } }) },
    ]);
  }
}

function component(key: string): JsonObject {
  return { $ref: `#/components/messages/${key}` };
}

function messageOf(channel: string, message: string): JsonObject {
  return { $ref: `#/channels/${channel}/messages/${message}` };
}

function said(description: string | undefined): { readonly description?: string } {
  return description === undefined ? {} : { description };
}
