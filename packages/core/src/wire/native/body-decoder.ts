import type { Serializer } from '../../contract/serializer.js';
import { SerializationError } from '../../errors/error-classes.js';
import { decodeWith } from '../../serializers/guarded.js';
import { SerializerFactory } from '../../serializers/serializer-factory.js';
import { BODY } from './format.js';
import type { NativeRecord } from './packet-reader.js';

/** Finds the codec of a name: the endpoint's own, else a registered one. @throws SerializationError UNKNOWN_CODEC */
export function codecNamed(name: string, own: Serializer): Serializer {
  if (name === own.name) return own;
  const known = SerializerFactory.find(name);
  if (known !== undefined) return known;
  throw new SerializationError(
    'UNKNOWN_CODEC',
    `a message is encoded as '${name}', which is not registered here; registered are ${SerializerFactory.names().join(', ')}. Register it with SerializerFactory.register('${name}', serializer)`,
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
export function decodeBody(record: NativeRecord, own: Serializer, what: () => string): unknown {
  if (record.form === BODY.none) return undefined;
  const { block } = record;
  if (block === undefined) return decodeWith(codecNamed(record.codec, own), record.bytes, what);
  block.values ??= decodeBlock(codecNamed(block.codec, own), block.bytes, block.count, what);
  return block.values[record.index];
}

function decodeBlock(codec: Serializer, bytes: Uint8Array, count: number, what: () => string): readonly unknown[] {
  const values = decodeWith({ name: codec.name, deserialize: (given) => codec.deserializeMany?.(given) }, bytes, what);
  if (Array.isArray(values) && values.length === count) return values as readonly unknown[];
  throw new SerializationError(
    'DECODE',
    `cannot decode ${what()}: its block does not hold the ${String(count)} bodies that it says`,
  );
}
