import type { BodyBlock, Serializer } from '@liberzmq/core';
import { asBuffer, explained } from '../encoding.js';
import { checkOptions, checkSize, type SerializerOptions } from '../options.js';
import { MsgpackBlock, readBlock, type BlockCodec } from './block.js';
import { MsgpackReader } from './reader.js';
import { MsgpackWriter } from './writer.js';

export type { SerializerOptions } from '../options.js';

const reader = new MsgpackReader();

/**
 * MessagePack, written and read without any other package; every byte is checked on the way. What the other side would refuse fails here.
 * @throws ConfigurationError BAD_OPTION if an option is wrong
 * @example
 * ```ts
 * const client = new Client({ address, serializer: msgpack({ maxDepth: 20 }) });
 * ```
 */
export function msgpack(options: SerializerOptions = {}): Serializer {
  const { maxDepth, maxBytes } = checkOptions('msgpack', options);
  /** One is enough, but for a value whose own code (`toJSON`, a getter) encodes another. */
  let idle: MsgpackWriter | undefined;

  function serialize(value: unknown): Buffer {
    const writer = codec.takeWriter();
    try {
      writer.begin();
      writer.value(value, maxDepth);
      checkSize(writer.length, maxBytes);
      return writer.finished(0);
    } catch (error) {
      writer.rewind(0);
      throw explained(error);
    } finally {
      codec.giveBack(writer);
    }
  }

  const codec: BlockCodec = {
    maxDepth,
    maxBytes,
    serialize,
    takeWriter() {
      const writer = idle ?? new MsgpackWriter();
      idle = undefined;
      return writer;
    },
    giveBack(writer) {
      idle = writer;
    },
  };

  return {
    name: 'msgpack',
    contentType: 'application/vnd.msgpack',
    serialize,
    deserialize(bytes) {
      checkSize(bytes.byteLength, maxBytes);
      return reader.only(asBuffer(bytes), maxDepth);
    },
    serializeMany: (): BodyBlock => new MsgpackBlock(codec),
    deserializeMany: (bytes) => readBlock(reader, asBuffer(bytes), maxDepth, maxBytes),
  };
}
