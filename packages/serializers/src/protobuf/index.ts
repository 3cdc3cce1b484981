import type { MessageInfo, Serializer } from '@liberzmq/core';
import { asBuffer, explained } from '../encoding.js';
import { loadPeer } from '../load-peer.js';
import { checkSize } from '../options.js';
import { checkMade, type MeteredReader, type MeteredWriter } from './memory.js';
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
  let spare: MeteredWriter | undefined;

  return {
    name: 'protobuf',
    contentType: 'application/x-protobuf',
    serialize(value, message) {
      const type = subjects.typeOf(message);
      const writer = spare ?? (writers.create() as MeteredWriter);
      spare = undefined;
      writer.reset();
      writer.made = 0;
      try {
        type.writeFields(writer, value, maxDepth);
        checkMade(writer, writer.pos);
      } catch (error) {
        throw located(type.name, explained(error), value, message);
      }
      checkSize(writer.pos, maxBytes);
      const bytes = writer.finish();
      if (writer.buf.byteLength <= KEPT_BYTES) spare = writer;
      return bytes;
    },
    deserialize(bytes, message) {
      const type = subjects.typeOf(message);
      checkSize(bytes.byteLength, maxBytes);
      const reader = readers.create(asBuffer(bytes)) as MeteredReader;
      reader.made = 0;
      try {
        return type.readFields(reader, maxDepth);
      } catch (error) {
        throw explained(error);
      }
    },
  };
}

/** What endpoints put into an array themselves, which no message type has. */
const ARRAYS: Partial<Record<MessageInfo['pattern'], string>> = {
  task: 'A task with fields of its own is an array, too, and cannot travel as protobuf: put them into its data',
  publish:
    'The messages of one publishMultipart are an array, too, and cannot travel as protobuf: publish each by itself',
};

/** What was refused, with the path to it from its message on. */
function located(type: string, error: unknown, value: unknown, message: MessageInfo | undefined): unknown {
  if (!(error instanceof Refusal)) return error;
  const name = type.slice(type.lastIndexOf('.') + 1);
  const hint = Array.isArray(value) && message !== undefined ? ARRAYS[message.pattern] : undefined;
  return new Error(`${name}${error.path}: ${error.message}${hint === undefined ? '' : `. ${hint}`}`);
}
