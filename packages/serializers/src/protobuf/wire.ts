import type { Reader } from 'protobufjs';
import { truncated } from '../refusals.js';
import { tooDeep } from './refusal.js';

/** How the end of a value is found. */
export const WIRE = { varint: 0, bits64: 1, length: 2, group: 3, groupEnd: 4, bits32: 5 } as const;

const WIRE_MASK = 7;

/** What stands before a value: the number of its field and how it ends. */
export function tagOf(id: number, wire: number): number {
  return ((id << 3) | wire) >>> 0;
}

export function wireOf(tag: number): number {
  return tag & WIRE_MASK;
}

/** Begins what has its length before it: the reader ends where that does. @returns where the reader ended, to be set again */
export function begin(reader: Reader): number {
  const { len } = reader;
  const end = reader.size() + reader.pos;
  if (end > len) throw truncated();
  reader.len = end;
  return len;
}

/** Goes past a field that is not known. */
export function skip(reader: Reader, tag: number, depth: number): void {
  if (tag >>> 3 === 0) throw new Error('a field has the number 0');
  switch (wireOf(tag)) {
    case WIRE.varint:
      reader.skip();
      break;
    case WIRE.bits64:
      reader.skip(8);
      break;
    case WIRE.length:
      reader.skip(reader.size());
      break;
    case WIRE.group:
      skipGroup(reader, tagOf(tag >>> 3, WIRE.groupEnd), depth - 1);
      break;
    case WIRE.bits32:
      reader.skip(4);
      break;
    default:
      throw new Error('there is no such type on the wire');
  }
}

function skipGroup(reader: Reader, endTag: number, depth: number): void {
  if (depth < 1) throw tooDeep();
  for (let tag = reader.tag(); tag !== endTag; tag = reader.tag()) skip(reader, tag, depth);
}
