import type { Contract } from '../contract/contract.js';
import { describeContract } from '../contract/description.js';
import { escapedPointer, type JsonSchema } from '../contract/json-form.js';
import { Definitions, schemasOf } from './definitions.js';

/** All schemas of a contract, as one JSON Schema 2020-12. */
export interface JsonSchemaDocument {
  readonly $schema: 'https://json-schema.org/draft/2020-12/schema';
  readonly title: string;
  readonly description?: string;
  /** The version and the fingerprint of the contract. */
  readonly $comment: string;
  /** By where they stand: `actions.add.request`, `topics.prices.*`, `tasks.resize`. */
  readonly $defs: Readonly<Record<string, JsonSchema>>;
}

/**
 * A contract's schemas as a JSON Schema document, for validators and generators in other languages. They say what crosses the wire; what JSON Schema
 * has no words for allows anything there, and has a keyword that begins with `x-liberzmq-`.
 */
export function toJsonSchema(contract: Contract): JsonSchemaDocument {
  const described = describeContract(contract);
  const { title, description, version, fingerprint } = described;
  const definitions = new Definitions(
    (wanted) => wanted,
    (name) => `#/$defs/${escapedPointer(name)}`,
  );
  for (const [name, schema] of schemasOf(described)) definitions.add(name, schema);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    ...(description === undefined ? {} : { description }),
    $comment: `version ${version}, fingerprint ${fingerprint}`,
    $defs: definitions.all(),
  };
}
