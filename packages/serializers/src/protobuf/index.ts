import type { Serializer } from '@liberzmq/core';
import type { Reader, Writer } from 'protobufjs';
import { asBuffer, explained } from '../encoding.js';
import { loadPeer } from '../load-peer.js';
import { checkSize } from '../options.js';
import { readOptions, type ProtobufOptions } from './options.js';
import { Refusal } from './refusal.js';

export type { ProtobufAction, ProtobufOptions } from './options.js';
export type { ProtobufRoot } from './schema.js';

/** Above this a writer is not kept: a little must not keep a lot in memory. */
const KEPT_BYTES = 65_536;

/**
 * Protocol Buffers, by the package `protobufjs`, which is to be installed beside this one: each action, topic and task type has a message type of
 * a schema. What does not fit its type exactly is refused, not converted.
 * @throws ConfigurationError BAD_OPTION if `protobufjs` is missing, the schema cannot be read, or an option is wrong
 * @example
 * ```ts
 * const serializer = protobuf({
 *   schema: 'syntax = "proto3"; message Add { double a = 1; double b = 2; } message Sum { double value = 1; }',
 *   actions: { add: { data: 'Add', result: 'Sum' } },
 * });
 * ```
 */
export function protobuf(options: ProtobufOptions): Serializer {
  const { Reader: readers, Writer: writers } = loadPeer('protobufjs', 'protobuf') as typeof import('protobufjs');
  const { subjects, maxDepth, maxBytes } = readOptions(options);
  /** Not there while it is in use: a value may have code of its own that encodes another. */
  let spare: Writer | undefined;

  return {
    name: 'protobuf',
    contentType: 'application/x-protobuf',
    serialize(value, message) {
      const type = subjects.typeOf(message);
      const writer = spare ?? writers.create();
      spare = undefined;
      writer.reset();
      try {
        type.writeFields(writer, value, maxDepth);
      } catch (error) {
        throw located(type.name, explained(error));
      }
      checkSize(writer.pos, maxBytes);
      const bytes = writer.finish();
      if (writer.buf.byteLength <= KEPT_BYTES) spare = writer;
      return bytes;
    },
    deserialize(bytes, message) {
      const type = subjects.typeOf(message);
      checkSize(bytes.byteLength, maxBytes);
      const reader: Reader = readers.create(asBuffer(bytes));
      try {
        return type.readFields(reader, maxDepth);
      } catch (error) {
        throw explained(error);
      }
    },
  };
}

/** What was refused, with the path to it from its message on. */
function located(type: string, error: unknown): unknown {
  if (!(error instanceof Refusal)) return error;
  const name = type.slice(type.lastIndexOf('.') + 1);
  return new Error(`${name}${error.path}: ${error.message}`);
}
