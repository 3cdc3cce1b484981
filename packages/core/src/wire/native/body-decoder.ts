import type { MessageInfo, Serializer } from '../../contract/serializer.js';
import { SerializationError } from '../../errors/error-classes.js';
import { messageOf } from '../../errors/wire-error.js';
import { decodeWith } from '../../serializers/guarded.js';
import { SerializerFactory } from '../../serializers/serializer-factory.js';
import { BODY, LIMITS, PART_HEAD_BYTES, PARTS, WELL_KNOWN } from './format.js';
import type { BodyBlock, NativeRecord } from './native-record.js';

/** Finds the codec of a name: the endpoint's own, else a registered one. @throws SerializationError UNKNOWN_CODEC */
export function codecNamed(name: string, own: Serializer): Serializer {
  const known = findCodec(name, own);
  if (known !== undefined) return known;
  throw unknownCodec(name);
}

/** The codec of a name, if it is known. @throws SerializationError UNKNOWN_CODEC if it is, but cannot be made */
export function findCodec(name: string, own: Serializer): Serializer | undefined {
  if (name === own.name) return own;
  try {
    return SerializerFactory.find(name);
  } catch (cause) {
    const what = `a message is encoded as '${name}', which its receiver cannot load: ${messageOf(cause)}`;
    throw new SerializationError('UNKNOWN_CODEC', what, { outcome: 'unknown', cause });
  }
}

const IMPORT = "import '@liberzmq/serializers' there";
/** What a receiver needs for the codecs that come with a package. */
const INSTALL = new Map([
  ['msgpack', `npm install @liberzmq/serializers, and ${IMPORT}`],
  ['cbor', `npm install @liberzmq/serializers cbor-x, and ${IMPORT}`],
  ['structured_clone', `npm install @liberzmq/serializers, and ${IMPORT}`],
  ['compressed_json', `npm install @liberzmq/serializers, and ${IMPORT}`],
  [
    'compressed_protobuf',
    "npm install @liberzmq/serializers protobufjs, and give it its types: SerializerFactory.register('compressed_protobuf', compressed(protobuf({ … })))",
  ],
  [
    'protobuf',
    "npm install @liberzmq/serializers protobufjs, and give it its types: SerializerFactory.register('protobuf', protobuf({ … }))",
  ],
]);
const COMPRESSED = /^compressed_/;

function unknownCodec(name: string): SerializationError {
  const remedy = INSTALL.get(name) ?? INSTALL.get(name.replace(COMPRESSED, ''));
  const known = SerializerFactory.names().join(', ');
  return new SerializationError(
    'UNKNOWN_CODEC',
    `a message is encoded as '${name}', which its receiver does not know; it knows ${known}. For it to know: ${remedy ?? `SerializerFactory.register('${name}', serializer)`}`,
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
 * @param pattern what the record is: a message of the user's, or about the connection.
 * @param subject the action, topic or task type; of what is about the connection, what an error calls it
 * @throws SerializationError DECODE, UNKNOWN_CODEC
 */
export function decodeBody(
  record: NativeRecord,
  own: Serializer,
  pattern: MessageInfo['pattern'] | 'control',
  subject: string,
): unknown {
  if (record.form === BODY.none) return undefined;
  const { block } = record;
  if (block === undefined) {
    const { codec, bytes } = record;
    const known = findCodec(codec, own);
    const about = new Arrived(pattern, subject);
    if (known !== undefined) return decodeWith(known, bytes, about, about.message);
    if (codec === PARTS) return decodeParts(bytes, own, about);
    throw unknownCodec(codec);
  }
  block.decoded ??= decodeBlock(block, own, new Arrived(pattern, subject));
  if ('failure' in block.decoded) throw block.decoded.failure;
  return block.decoded.values[record.index];
}

/** What came in parts, as an array. @throws SerializationError DECODE, UNKNOWN_CODEC */
function decodeParts(bytes: Uint8Array, own: Serializer, what: Arrived): unknown[] {
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
    values.push(decodeWith(codecNamed(codec, own), bytes.subarray(start, at), what, what.message));
  }
  return values;
}

function badParts(what: Arrived, why: string): SerializationError {
  return new SerializationError('DECODE', `cannot decode the parts of ${what.describe()}: ${why}`);
}

function decodeBlock(block: BodyBlock, own: Serializer, what: Arrived): NonNullable<BodyBlock['decoded']> {
  try {
    const codec = codecNamed(block.codec, own);
    const deserialize = (bytes: Uint8Array): unknown => {
      if (codec.deserializeMany === undefined)
        throw new TypeError('it came in a block, and the serializer of that name has no deserializeMany here');
      return codec.deserializeMany(bytes);
    };
    const values = decodeWith({ name: codec.name, deserialize }, block.bytes, what);
    if (Array.isArray(values) && values.length === block.count) return { values: values as readonly unknown[] };
  } catch (failure) {
    return { failure };
  }
  return {
    failure: new SerializationError(
      'DECODE',
      `cannot decode ${what.describe()}: its block does not hold the ${String(block.count)} bodies that it says`,
    ),
  };
}

/** What has arrived: for its serializer, and as an error names it. */
class Arrived {
  readonly #pattern: MessageInfo['pattern'] | 'control';
  readonly #subject: string;

  constructor(pattern: MessageInfo['pattern'] | 'control', subject: string) {
    this.#pattern = pattern;
    this.#subject = subject;
  }

  get message(): MessageInfo | undefined {
    const pattern = this.#pattern;
    return pattern === 'control' ? undefined : { pattern, subject: this.#subject };
  }

  describe(): string {
    const subject = this.#subject;
    switch (this.#pattern) {
      case 'request':
        return `the data of request '${subject}'`;
      case 'reply':
        return `the reply to '${subject}'`;
      case 'publish':
        return `a message on '${subject}'`;
      case 'task':
        return `the data of task '${subject}'`;
      case 'route':
        return `message ${subject}`;
      case 'control':
        return subject;
    }
  }
}
