import { MessageError } from '../errors/error-classes.js';
import { DELIMITED, FIXED_32, FIXED_64, VARINT } from './wire-types.js';

/** 64 bits, seven a byte. */
const MOST_VARINT_BYTES = 10;

/**
 * Reads a message of Protocol Buffers, field by field. Unknown fields are passed over, so that newer servers may say more.
 * @example
 * ```ts
 * for (const reader = new MessageReader(bytes); reader.next(); ) {
 *   if (reader.field === 1) name = reader.text();
 * }
 * ```
 */
export class MessageReader {
  /** The number of the field that is at hand. */
  field = 0;
  readonly #bytes: Uint8Array;
  #wireType = VARINT;
  #position = 0;
  /** Whether the value of the field at hand is still to be read. */
  #isPending = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Goes on to the next field, over the one at hand if that was not read. @throws MessageError PROTOCOL */
  next(): boolean {
    if (this.#isPending) this.#skip();
    if (this.#position === this.#bytes.byteLength) return false;
    const tag = Number(this.#varint());
    this.field = tag >>> 3;
    this.#wireType = tag & 7;
    this.#isPending = true;
    if (this.field === 0) throw malformed('it has a field without a number');
    return true;
  }

  /** An `int64`, of which all bits matter. @throws MessageError PROTOCOL */
  bigint(): bigint {
    this.#take(VARINT);
    return BigInt.asIntN(64, this.#varint());
  }

  /** An `int64` that counts something. @throws MessageError PROTOCOL if a number cannot hold it */
  integer(): number {
    const value = Number(this.bigint());
    if (!Number.isSafeInteger(value)) throw malformed(`${String(value)} is too large for a count`);
    return value;
  }

  flag(): boolean {
    return this.bigint() !== 0n;
  }

  /** The same memory. @throws MessageError PROTOCOL */
  bytes(): Uint8Array {
    this.#take(DELIMITED);
    return this.#slice(Number(this.#varint()));
  }

  text(): string {
    return Buffer.from(this.bytes()).toString('utf8');
  }

  message(): MessageReader {
    return new MessageReader(this.bytes());
  }

  #take(wireType: number): void {
    if (this.#wireType !== wireType) throw malformed(`field ${this.field} has the wire type ${this.#wireType}`);
    this.#isPending = false;
  }

  #skip(): void {
    this.#isPending = false;
    if (this.#wireType === VARINT) this.#varint();
    else if (this.#wireType === DELIMITED) this.#slice(Number(this.#varint()));
    else if (this.#wireType === FIXED_64) this.#slice(8);
    else if (this.#wireType === FIXED_32) this.#slice(4);
    else throw malformed(`field ${this.field} has the wire type ${this.#wireType}`);
  }

  #slice(length: number): Uint8Array {
    const end = this.#position + length;
    if (end > this.#bytes.byteLength) throw malformed('it ends within a field');
    const slice = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return slice;
  }

  #varint(): bigint {
    let value = 0n;
    for (let index = 0; index < MOST_VARINT_BYTES; index += 1) {
      const byte = this.#bytes[this.#position];
      if (byte === undefined) throw malformed('it ends within a number');
      this.#position += 1;
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return value;
    }
    throw malformed('a number in it does not end');
  }
}

function malformed(why: string): MessageError {
  return new MessageError('PROTOCOL', `a message from etcd cannot be read: ${why}`);
}
