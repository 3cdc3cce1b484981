import type { Reader, Writer } from 'protobufjs';
import { Refusal } from './refusal.js';

/** What is made of the bytes of a value, as V8 has it on 64 bits, about, in bytes. What stands in a field takes a word of its message. */
export const HEAP = { message: 32, value: 8, list: 40, map: 64 } as const;

/** However few bytes there are. */
const LEAST_BYTES = 65_536;
/** An empty map, the densest that MessagePack has, makes as much of its one byte. */
const FACTOR = 64;

/** Counts the memory that messages take with their fields that are not sent, which no byte stands for. */
interface Metered {
  made: number;
}
export type MeteredReader = Reader & Metered;
export type MeteredWriter = Writer & Metered;

/** @throws Refusal if so many bytes may not make as much. */
export function checkMade({ made }: Metered, byteLength: number): void {
  const most = LEAST_BYTES + FACTOR * byteLength;
  if (made > most) {
    const limit = `${String(most)}, ${String(FACTOR)} for each byte`;
    throw new Refusal(
      `its ${String(byteLength)} bytes make too much: with the fields that are not sent it takes more memory than ${limit}`,
    );
  }
}
