import { ConfigurationError } from '@liberzmq/core';
import type { Namespace, Root, Type } from 'protobufjs';
import { loadPeer } from '../load-peer.js';
import { badOption, checkSchema, nameOf } from './check-schema.js';

const MOST_NAMES = 20;

/** A `Root` of protobufjs: what its `load`, `loadSync` and `Root.fromJSON` give. */
export interface ProtobufRoot {
  readonly nestedArray: readonly object[];
  resolveAll(): unknown;
}

/** The message types of a schema, by name. @throws ConfigurationError BAD_OPTION */
export function readSchema(schema: unknown): ReadonlyMap<string, Type> {
  if (typeof schema !== 'string' && !isRoot(schema))
    throw badOption('option schema must be the text of a .proto file, or a Root of protobufjs');
  try {
    const root: ProtobufRoot = typeof schema === 'string' ? parse(schema) : schema;
    root.resolveAll();
    checkSchema(root);
    return new Map(typesIn(root).map((type) => [nameOf(type), type]));
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause;
    throw badOption(`the schema cannot be used: ${(cause as Error).message}`, cause);
  }
}

/** The type of that name. @param option where it is named. @throws ConfigurationError BAD_OPTION */
export function typeNamed(types: ReadonlyMap<string, Type>, name: unknown, option: string): Type {
  if (typeof name !== 'string') throw badOption(`${option} must be the name of a message type`);
  const type = types.get(name);
  if (type !== undefined) return type;
  const names = [...types.keys()].sort();
  const more = names.length > MOST_NAMES ? ` and ${String(names.length - MOST_NAMES)} more` : '';
  const known = names.slice(0, MOST_NAMES).join(', ') || 'none';
  throw badOption(`${option} is '${name}', and the schema has no such message type; there are ${known}${more}`);
}

function parse(text: string): Root {
  const protobufjs = loadPeer('protobufjs', 'protobuf') as typeof import('protobufjs');
  const { root, imports = [], weakImports = [] } = protobufjs.parse(text);
  for (const file of new Set([...imports, ...weakImports])) {
    const { nested } = protobufjs.common.get(file) ?? {};
    if (nested === undefined)
      throw badOption(`the schema imports '${file}'; load it with protobufjs, and give the Root that this makes`);
    root.addJSON(nested);
  }
  return root;
}

function isRoot(value: unknown): value is ProtobufRoot {
  const { nestedArray, resolveAll } = (value ?? {}) as Partial<ProtobufRoot>;
  return Array.isArray(nestedArray) && typeof resolveAll === 'function';
}

function typesIn({ nestedArray }: Pick<ProtobufRoot, 'nestedArray'>): Type[] {
  return nestedArray.flatMap((nested) => [
    ...('fieldsArray' in nested ? [nested as Type] : []),
    ...('nestedArray' in nested ? typesIn(nested as Namespace) : []),
  ]);
}
