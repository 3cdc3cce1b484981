import type { Serializer } from '../../contract/serializer.js';
import { SerializationError } from '../../errors/error-classes.js';
import { decodeWith, textOf, type What } from '../../serializers/guarded.js';
import { SerializerFactory } from '../../serializers/serializer-factory.js';
import { BODY, LIMITS, PART_HEAD_BYTES, PARTS, WELL_KNOWN } from './format.js';
import type { BodyBlock, NativeRecord } from './native-record.js';

/** Finds the codec of a name: the endpoint's own, else a registered one. @throws SerializationError UNKNOWN_CODEC */
export function codecNamed(name: string, own: Serializer): Serializer {
  const known = findCodec(name, own);
  if (known !== undefined) return known;
  throw unknownCodec(name);
}

function findCodec(name: string, own: Serializer): Serializer | undefined {
  return name === own.name ? own : SerializerFactory.find(name);
}

function unknownCodec(name: string): SerializationError {
  return new SerializationError(
    'UNKNOWN_CODEC',
    `a message is encoded as '${name}', which is not registered here; registered are ${SerializerFactory.names().join(', ')}. Register it with SerializerFactory.register('${name}', serializer)`,
    { outcome: 'unknown' },
  );
}

/** The name of the codec that a record's body is encoded with, if it has a body. */
export function codecOf(record: NativeRecord): string | undefined {
  if (record.form === BODY.none) return undefined;
  return record.block?.codec ?? record.codec;
}

/**
 * The value of a record's body.
 * @param own the endpoint's serializer.
 * @param what the message, as an error names it.
 * @throws SerializationError DECODE, UNKNOWN_CODEC
 */
export function decodeBody(record: NativeRecord, own: Serializer, what: What): unknown {
  if (record.form === BODY.none) return undefined;
  const { block } = record;
  if (block === undefined) {
    const { codec, bytes } = record;
    const known = findCodec(codec, own);
    if (known !== undefined) return decodeWith(known, bytes, what);
    if (codec === PARTS) return decodeParts(bytes, own, what);
    throw unknownCodec(codec);
  }
  block.decoded ??= decodeBlock(block, own, what);
  if ('failure' in block.decoded) throw block.decoded.failure;
  return block.decoded.values[record.index];
}

/** What came in parts, as an array. @throws SerializationError DECODE, UNKNOWN_CODEC */
function decodeParts(bytes: Uint8Array, own: Serializer, what: What): unknown[] {
  const { byteLength } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, byteLength);
  const values: unknown[] = [];
  for (let at = 0; at < byteLength;) {
    if (values.length === LIMITS.parts) throw badParts(what, `there are more than ${String(LIMITS.parts)}`);
    const start = at + PART_HEAD_BYTES;
    if (start > byteLength) throw badParts(what, 'one ends before its length');
    const codec = WELL_KNOWN[view.getUint8(at) - 1];
    if (codec === undefined) throw badParts(what, `one has codec ${String(view.getUint8(at))}, which there is not`);
    at = start + view.getUint32(at + 1, true);
    if (at > byteLength) throw badParts(what, 'one is longer than what there is');
    values.push(decodeWith(codecNamed(codec, own), bytes.subarray(start, at), what));
  }
  return values;
}

function badParts(what: What, why: string): SerializationError {
  return new SerializationError('DECODE', `cannot decode the parts of ${textOf(what)}: ${why}`);
}

function decodeBlock(block: BodyBlock, own: Serializer, what: What): NonNullable<BodyBlock['decoded']> {
  try {
    const codec = codecNamed(block.codec, own);
    const deserialize = (bytes: Uint8Array): unknown => codec.deserializeMany?.(bytes);
    const values = decodeWith({ name: codec.name, deserialize }, block.bytes, what);
    if (Array.isArray(values) && values.length === block.count) return { values: values as readonly unknown[] };
  } catch (failure) {
    return { failure };
  }
  return {
    failure: new SerializationError(
      'DECODE',
      `cannot decode ${textOf(what)}: its block does not hold the ${String(block.count)} bodies that it says`,
    ),
  };
}
