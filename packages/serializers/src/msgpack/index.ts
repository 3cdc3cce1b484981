import type { BodyBlock, Serializer } from '@liberzmq/core';
import { asBuffer, detached, explained } from '../encoding.js';
import { loadPeer } from '../load-peer.js';
import { checkOptions, checkSize, type SerializerOptions } from '../options.js';
import { MsgpackBlock, valuesOf } from './block.js';
import { MsgpackScanner } from './scanner.js';

export type { SerializerOptions } from '../options.js';

const scanner = new MsgpackScanner();

/**
 * MessagePack, by the package `msgpackr`, which is to be installed beside this one. What is encoded is checked by the rules of decoding, so that what
 * the other side would refuse fails here.
 * @throws ConfigurationError BAD_OPTION if `msgpackr` is missing or an option is wrong
 * @example
 * ```ts
 * const client = new Client({ address, serializer: msgpack({ maxDepth: 20 }) });
 * ```
 */
export function msgpack(options: SerializerOptions = {}): Serializer {
  const { maxDepth, maxBytes } = checkOptions('msgpack', options);
  const { Packr } = loadPeer('msgpackr', 'msgpack') as typeof import('msgpackr');
  // Records and the types of structured clone are extensions that only msgpackr knows, and the scanner refuses.
  const packer = new Packr({ useRecords: false, variableMapSize: true, onInvalidDate: refuseDate });

  function pack(value: unknown): Buffer {
    try {
      return detached(packer.pack(value));
    } catch (error) {
      if (error instanceof RangeError && error.message.includes('64-bit'))
        throw new RangeError('a BigInt is larger than the 64 bits that MessagePack has', { cause: error });
      throw explained(error);
    }
  }

  function serialize(value: unknown): Buffer {
    const bytes = pack(value);
    checkSize(bytes.byteLength, maxBytes);
    scanner.check(bytes, maxDepth);
    return bytes;
  }

  function encodeRow(row: readonly unknown[]): Buffer {
    const bytes = pack(row);
    scanner.checkRows(bytes, maxDepth, maxBytes);
    return bytes;
  }

  return {
    name: 'msgpack',
    contentType: 'application/vnd.msgpack',
    serialize,
    deserialize(bytes) {
      checkSize(bytes.byteLength, maxBytes);
      scanner.check(bytes, maxDepth);
      return packer.unpack(asBuffer(bytes)) as unknown;
    },
    serializeMany: (): BodyBlock => new MsgpackBlock({ serialize, encodeRow }),
    deserializeMany(bytes) {
      scanner.checkRows(bytes, maxDepth, maxBytes);
      return bytes.byteLength === 0 ? [] : valuesOf(packer.unpackMultiple(asBuffer(bytes)));
    },
  };
}

function refuseDate(): never {
  throw new RangeError('a Date is invalid');
}
