import type { Reader, Writer } from 'protobufjs';
import { truncated } from '../refusals.js';
import { refused } from './refusal.js';

/** An integer as a protobufjs `Writer` takes it: a number, or the two halves of its bits. */
export type Int64 = Exclude<Parameters<Writer['int64']>[0], string>;

const LOW_BYTES = 7;
const LOW_BITS = 49n;
const HIGH_BYTES = 3;
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const UINT64 = { min: 0n, max: 2n ** 64n - 1n };

export function int32(value: unknown): number {
  if (typeof value === 'number' && (value | 0) === value) return value;
  throw refused(value, 'a whole number from -2147483648 to 2147483647');
}

export function uint32(value: unknown): number {
  if (typeof value === 'number' && value >>> 0 === value) return value;
  throw refused(value, 'a whole number from 0 to 4294967295');
}

export function int64(value: unknown): Int64 {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'bigint' && value >= INT64.min && value <= INT64.max) return bitsOf(value);
  throw refused(value, 'a whole number of 64 bits, as a bigint or a safe integer');
}

export function uint64(value: unknown): Int64 {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  if (typeof value === 'bigint' && value >= UINT64.min && value <= UINT64.max) return bitsOf(value);
  throw refused(value, 'a whole number of 64 bits that is not negative, as a bigint or a safe integer');
}

function bitsOf(value: bigint): Int64 {
  return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)) } as Int64;
}

export function readUint64(reader: Reader): bigint {
  const low = readGroups(reader, LOW_BYTES);
  if (isLast(reader)) return BigInt(low);
  const high = readGroups(reader, HIGH_BYTES);
  if (!isLast(reader)) throw new Error('an integer has more than 10 bytes');
  return BigInt.asUintN(64, (BigInt(high) << LOW_BITS) | BigInt(low));
}

export function readInt64(reader: Reader): bigint {
  return BigInt.asIntN(64, readUint64(reader));
}

/** Zigzag: the sign is in the lowest bit. */
export function readSint64(reader: Reader): bigint {
  const bits = readUint64(reader);
  return (bits >> 1n) ^ -(bits & 1n);
}

export function readFixed64(reader: Reader): bigint {
  const at = reader.pos;
  reader.skip(8);
  return (reader.buf as Buffer).readBigUInt64LE(at);
}

export function readSfixed64(reader: Reader): bigint {
  return BigInt.asIntN(64, readFixed64(reader));
}

/** Up to so many groups of 7 bits, the lowest first. */
function readGroups(reader: Reader, most: number): number {
  const { buf, len } = reader;
  let value = 0;
  for (let factor = 1, i = 0; i < most; i++, factor *= 128) {
    if (reader.pos >= len) throw truncated();
    const byte = buf[reader.pos++] as number;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
  }
  return value;
}

/** Whether the byte that was read last is the last one of its integer. */
function isLast({ buf, pos }: Reader): boolean {
  return (buf[pos - 1] as number) < 0x80;
}
