import { DELIMITED, VARINT } from './wire-types.js';

/**
 * Writes a message of Protocol Buffers, field by field. What has its default, 0 or nothing, takes no bytes, unless it is a member of a `oneof`: those are `present…`.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class MessageWriter {
  readonly #parts: Uint8Array[] = [];

  /** An `int64`, `uint64`, `bool` or `enum`. */
  integer(field: number, value: number | bigint): this {
    return Number(value) === 0 ? this : this.presentInteger(field, value);
  }

  presentInteger(field: number, value: number | bigint): this {
    this.#tag(field, VARINT);
    this.#varint(BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    return value.byteLength === 0 ? this : this.presentBytes(field, value);
  }

  presentBytes(field: number, value: Uint8Array): this {
    this.#tag(field, DELIMITED);
    this.#varint(BigInt(value.byteLength));
    this.#parts.push(value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value, 'utf8'));
  }

  /** A message within this one, written even if it is empty: that it is there says something. */
  message(field: number, message: MessageWriter): this {
    return this.presentBytes(field, message.finish());
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #tag(field: number, wireType: number): void {
    this.#varint(BigInt(field * 8 + wireType));
  }

  /** Seven bits a byte, the lowest first; all but the last have the eighth bit set. */
  #varint(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    while (rest >= 0x80n) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.#parts.push(Uint8Array.from(bytes));
  }
}
