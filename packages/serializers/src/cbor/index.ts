import type { Serializer } from '@liberzmq/core';
import { asBuffer, detached, explained } from '../encoding.js';
import { loadPeer } from '../load-peer.js';
import { checkOptions, checkSize, type SerializerOptions } from '../options.js';
import { checkKnown } from './check-known.js';
import { withFloats } from './dates.js';
import { scanCbor } from './scanner.js';

export type { SerializerOptions } from '../options.js';

// Its types leave out the option for maps. Records are an extension that only cbor-x knows, and the scanner refuses.
const LIBRARY_OPTIONS = { useRecords: false, variableMapSize: true, useTag259ForMaps: true };

let isEncoding = false;

/**
 * CBOR (RFC 8949), by the package `cbor-x`, which is to be installed beside this one. What is encoded is checked by the rules of decoding, so that what
 * the other side would refuse fails here.
 * @throws ConfigurationError BAD_OPTION if `cbor-x` is missing or an option is wrong
 * @example
 * ```ts
 * const client = new Client({ address, serializer: cbor({ maxDepth: 20 }) });
 * ```
 */
export function cbor(options: SerializerOptions = {}): Serializer {
  const { maxDepth, maxBytes } = checkOptions('cbor', options);
  const { Encoder } = loadPeer('cbor-x', 'cbor') as typeof import('cbor-x');
  const encoder = new Encoder(LIBRARY_OPTIONS);
  let unknown = 0;
  // cbor-x looks at this option where it has come upon an object that it does not know, and nowhere else.
  Object.defineProperty(encoder, 'useToJSON', { get: () => ++unknown > 0 });

  function encode(value: unknown): Buffer {
    // cbor-x writes what is encoded meanwhile, by a getter or a toJSON, into the middle of it.
    if (isEncoding) throw new Error('a value that is being encoded as CBOR encodes another');
    isEncoding = true;
    const before = unknown;
    try {
      const bytes = detached(encoder.encode(value));
      if (unknown > before) checkKnown(value);
      return bytes;
    } catch (error) {
      throw explained(error);
    } finally {
      isEncoding = false;
    }
  }

  return {
    name: 'cbor',
    contentType: 'application/cbor',
    serialize(value) {
      const bytes = encode(value);
      checkSize(bytes.byteLength, maxBytes);
      scanCbor(bytes, maxDepth);
      return bytes;
    },
    deserialize(bytes) {
      checkSize(bytes.byteLength, maxBytes);
      const dates64 = scanCbor(bytes, maxDepth);
      return encoder.decode(dates64 === undefined ? asBuffer(bytes) : withFloats(bytes, dates64)) as unknown;
    },
  };
}
