import type { Serializer } from '../../contract/serializer.js';
import { SerializationError } from '../../errors/error-classes.js';
import { decodeWith, textOf, type What } from '../../serializers/guarded.js';
import { SerializerFactory } from '../../serializers/serializer-factory.js';
import { BODY } from './format.js';
import type { BodyBlock, NativeRecord } from './packet-reader.js';

/** Finds the codec of a name: the endpoint's own, else a registered one. @throws SerializationError UNKNOWN_CODEC */
export function codecNamed(name: string, own: Serializer): Serializer {
  if (name === own.name) return own;
  const known = SerializerFactory.find(name);
  if (known !== undefined) return known;
  throw new SerializationError(
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
  if (block === undefined) return decodeWith(codecNamed(record.codec, own), record.bytes, what);
  block.decoded ??= decodeBlock(block, own, what);
  if ('failure' in block.decoded) throw block.decoded.failure;
  return block.decoded.values[record.index];
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
