import type { BodyBlock, Serializer } from '@liberzmq/core';
import { asBuffer, explained } from '../encoding.js';
import { loadPeer } from '../load-peer.js';
import { checkOptions, checkSize, type SerializerOptions } from '../options.js';
import { MsgpackBlock, readBlock, type BlockCodec } from './block.js';
import { MsgpackReader } from './reader.js';
import { MsgpackWriter } from './writer.js';

export type { SerializerOptions } from '../options.js';

const reader = new MsgpackReader();

/**
 * MessagePack. Plain data is written and read here, and every byte is checked on the way; the package `msgpackr`, which is to be installed beside this
 * one, encodes what is not plain: instances of classes, maps, sets. What the other side would refuse fails here.
 * @throws ConfigurationError BAD_OPTION if `msgpackr` is missing or an option is wrong
 * @example
 * ```ts
 * const client = new Client({ address, serializer: msgpack({ maxDepth: 20 }) });
 * ```
 */
export function msgpack(options: SerializerOptions = {}): Serializer {
  const { maxDepth, maxBytes } = checkOptions('msgpack', options);
  const { Packr } = loadPeer('msgpackr', 'msgpack') as typeof import('msgpackr');
  // Records and the types of structured clone are extensions that only msgpackr knows.
  const packer = new Packr({ useRecords: false, variableMapSize: true, onInvalidDate: refuseDate });
  /** One is enough, but for a value whose own code (`toJSON`, a getter) encodes another. */
  let idle: MsgpackWriter | undefined;

  function pack(value: unknown): Buffer {
    try {
      return packer.pack(value);
    } catch (error) {
      if (error instanceof RangeError && error.message.includes('64-bit'))
        throw new RangeError('a BigInt is larger than the 64 bits that MessagePack has', { cause: error });
      throw error;
    }
  }

  function packForeign(value: unknown, depth: number): Buffer {
    const bytes = pack(value);
    reader.only(bytes, depth);
    return bytes;
  }

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
      const writer = idle ?? new MsgpackWriter(packForeign);
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

function refuseDate(): never {
  throw new RangeError('a Date is invalid');
}
