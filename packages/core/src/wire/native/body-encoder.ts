import type { MessageInfo, Serializer } from '../../contract/serializer.js';
import { SerializationError } from '../../errors/error-classes.js';
import { checkBytes, encodeWith, encodingFailed, textOf, type What } from '../../serializers/guarded.js';
import { json } from '../../serializers/json.js';
import { raw } from '../../serializers/raw.js';
import { isThenable } from '../../timing/is-thenable.js';
import { LIMITS, PART_HEAD_BYTES, PARTS, WELL_KNOWN } from './format.js';
import { OutgoingBlock, type OutgoingRecord } from './outgoing-record.js';
import { ATTACHMENT_BYTES } from './packet-writer.js';

type BlockSerializer = Serializer & Required<Pick<Serializer, 'serializeMany'>>;

/** What a packet holds at most. */
export interface PacketLimit {
  readonly records: number;
  readonly bytes: number;
}

/** A value and its encoding, by itself or as the last one of a block. */
type Spare = { readonly value: unknown; readonly codec: string } & (
  { readonly body: Uint8Array; readonly block: undefined } | { readonly block: OutgoingBlock; readonly bytes: number }
);

/** Encodes the bodies of the records for one peer: at once, and those that may travel together into one block. */
export class BodyEncoder {
  #open: OutgoingBlock | undefined;
  /** A value is being added to a block, and has code of its own that sends something (`toJSON`): what it sends is encoded by itself. */
  #isAdding = false;
  /** What was encoded for a run and could not be part of it: it is a record of its own next. */
  #spare: Spare | undefined;

  /**
   * Encodes a record's body.
   * @param what the message, as an error names it.
   * @param factsBytes what the record has beside its body: it travels in the same packet as the whole block.
   * @returns how many bytes the body has, about.
   * @throws SerializationError ENCODE
   */
  encode(
    record: OutgoingRecord,
    serializer: Serializer,
    value: unknown,
    limit: PacketLimit,
    what: What,
    factsBytes = 0,
  ): number {
    if (value === undefined) return 0;
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined && spare.value === value && spare.codec === serializer.name) {
      if (spare.block === undefined) return this.#alone(record, spare);
      if (!spare.block.closed) return place(record, spare.block, spare.bytes);
    }
    const isPrepared = value instanceof PreparedBody;
    if (isPrepared || this.#isAdding || serializer.serializeMany === undefined || travelsAsBytes(serializer, value)) {
      return this.#alone(record, encodeAlone(serializer, value, what, record.message));
    }
    const block = this.#blockFor(record, serializer as BlockSerializer);
    const added = this.#addTo(block, serializer, value, limit, what);
    if (typeof added !== 'number') return this.#alone(record, { codec: serializer.name, body: added });
    // Encoding it has sent more, and the packet of the block is full and gone.
    if (block.closed) return this.#alone(record, encodeAlone(serializer, value, what, record.message));
    block.bytes += factsBytes;
    closeIfFull(block, limit);
    return place(record, block, added);
  }

  /**
   * Adds one more body to a run of records.
   * @returns how many bytes it has, about; -1 if it cannot be part of the run
   * @throws SerializationError ENCODE
   */
  extend(record: OutgoingRecord, serializer: Serializer, value: unknown, limit: PacketLimit, what: What): number {
    const { block } = record;
    this.#spare = undefined;
    if (this.#isAdding || block === undefined || block.closed) return -1;
    if (block.count !== record.index + record.count || value === undefined || travelsAsBytes(serializer, value))
      return -1;
    const added = this.#addTo(block, serializer, value, limit, what);
    if (typeof added !== 'number') {
      this.#spare = { value, codec: serializer.name, body: added, block: undefined };
      return -1;
    }
    if (isClosed(block)) return -1;
    closeIfFull(block, limit);
    record.count += 1;
    return added;
  }

  /** What {@link extend} has just encoded is not part of the run after all: the next record has it. @param bytes what that has returned. */
  setApart(record: OutgoingRecord, value: unknown, bytes: number): void {
    const { block } = record;
    record.count -= 1;
    if (block !== undefined) this.#spare = { value, codec: block.codec, block, bytes };
  }

  #blockFor({ topic }: OutgoingRecord, serializer: BlockSerializer): OutgoingBlock {
    const open = this.#open;
    if (open?.closed === false && open.codec === serializer.name && open.topic === topic) return open;
    this.#close();
    this.#open = new OutgoingBlock(serializer.name, topic, serializer.serializeMany());
    return this.#open;
  }

  /** @returns how many bytes the value has in the block, about; or its encoding, where that is too large for a block. @throws SerializationError ENCODE */
  #addTo(
    block: OutgoingBlock,
    serializer: Serializer,
    value: unknown,
    limit: PacketLimit,
    what: What,
  ): number | Uint8Array {
    this.#isAdding = true;
    try {
      return block.add(value, limit.bytes / 2);
    } catch (error) {
      throw encodingFailed(serializer, what, error);
    } finally {
      this.#isAdding = false;
    }
  }

  #alone(record: OutgoingRecord, { codec, body }: EncodedAlone): number {
    if (!this.#isAdding) this.#close();
    record.codec = codec;
    record.body = body;
    return body.byteLength;
  }

  /** A record refers to the block that was written last before it, so one that comes after another body begins a new one. */
  #close(): void {
    if (this.#open !== undefined) this.#open.closed = true;
    this.#open = undefined;
  }
}

/** Asked again after a value's own code has run. */
function isClosed({ closed }: OutgoingBlock): boolean {
  return closed;
}

/** Has a record have the body that was added to a block last. @returns its bytes */
function place(record: OutgoingRecord, block: OutgoingBlock, bytes: number): number {
  record.block = block;
  record.index = block.count - 1;
  return bytes;
}

function closeIfFull(block: OutgoingBlock, limit: PacketLimit): void {
  if (block.count >= limit.records || block.bytes >= limit.bytes) block.closed = true;
}

/** A value by itself, as it goes into a record. */
export interface EncodedAlone {
  readonly codec: string;
  readonly body: Uint8Array;
}

/** A value that was encoded before the turn of its message came. It takes the value's place. */
export class PreparedBody implements EncodedAlone {
  readonly codec: string;
  readonly body: Uint8Array;

  constructor(codec: string, body: Uint8Array) {
    this.codec = codec;
    this.body = body;
  }
}

/**
 * Encodes a value before the turn of its message comes, if its serializer may do that on another thread.
 * @returns `undefined` if it does not: then the value is encoded when its message is sent.
 * @throws SerializationError ENCODE
 */
export function encodeAhead(
  serializer: Serializer,
  value: unknown,
  what: What,
  message: MessageInfo,
): PreparedBody | Promise<PreparedBody> | undefined {
  if (value === undefined || serializer.serializeAsync === undefined) return undefined;
  const { name } = serializer;
  try {
    const body = serializer.serializeAsync(value, message);
    const prepared = (bytes: Uint8Array): PreparedBody => {
      const own = checkBytes(bytes, 'serializeAsync');
      // A serializer may give back the very bytes that it was given, and they may be changed before their turn comes.
      return new PreparedBody(name, own === value ? Buffer.from(own) : own);
    };
    const failed = (error: unknown): never => {
      throw encodingFailed(serializer, what, error);
    };
    return isThenable(body) ? body.then(prepared).catch(failed) : prepared(body);
  } catch (error) {
    throw encodingFailed(serializer, what, error);
  }
}

/** Encodes a value by itself. @throws SerializationError ENCODE */
export function encodeAlone(serializer: Serializer, value: unknown, what: What, message: MessageInfo): EncodedAlone {
  if (value instanceof PreparedBody) return value;
  const codec = travelsAsBytes(serializer, value) ? raw : serializer;
  const body = encodeWith(codec, value, what, message);
  return { codec: codec.name, body: codec === raw ? copyIfSmall(body) : body };
}

/** Whether several values travel in parts: there are bytes among them, and an array has no place for those. */
export function travelInParts({ bytes = 'anywhere' }: Serializer, values: unknown): values is readonly unknown[] {
  return bytes !== 'anywhere' && Array.isArray(values) && values.some((value) => value instanceof Uint8Array);
}

/** Encodes several values as one body, each by itself: bytes as they are, all else as JSON. @throws SerializationError ENCODE, TOO_LARGE */
export function encodeParts(values: readonly unknown[], what: What, message: MessageInfo): EncodedAlone {
  if (values.length > LIMITS.parts) {
    throw new SerializationError(
      'TOO_LARGE',
      `${textOf(what)} has ${String(values.length)} parts; the limit is ${String(LIMITS.parts)} where bytes are among them`,
    );
  }
  const frames: Uint8Array[] = [];
  for (const value of values) {
    const { codec, body } = encodeAlone(json, value, what, message);
    const head = Buffer.allocUnsafe(PART_HEAD_BYTES);
    head[0] = WELL_KNOWN.indexOf(codec) + 1;
    head.writeUInt32LE(body.byteLength, 1);
    frames.push(head, body);
  }
  return { codec: PARTS, body: Buffer.concat(frames) };
}

/** Bytes for which the serializer has no place travel as they are. */
function travelsAsBytes(serializer: Serializer, value: unknown): boolean {
  return serializer.bytes === 'nowhere' && value instanceof Uint8Array;
}

/** Small ones are copied, so that they may be changed after the call. Large ones would cost too much: they must not. */
function copyIfSmall(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength < ATTACHMENT_BYTES ? Buffer.from(bytes) : bytes;
}
