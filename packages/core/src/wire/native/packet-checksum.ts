import { crc32c } from './crc32c.js';

export const CHECKSUM_BYTES = 4;

const ZEROS = new Uint8Array(CHECKSUM_BYTES);

/**
 * The checksum of a packet and its attachments, `frames` from `first` on.
 * @param at where it stands in the packet: its own bytes count as zeros.
 * @param topic what stands before the packet.
 */
export function packetChecksum(frames: readonly Uint8Array[], first: number, at: number, topic?: Uint8Array): number {
  const packet = frames[first] as Uint8Array;
  let sum = topic === undefined ? 0 : crc32c(topic);
  sum = crc32c(packet.subarray(0, at), sum);
  sum = crc32c(ZEROS, sum);
  sum = crc32c(packet.subarray(at + CHECKSUM_BYTES), sum);
  for (let index = first + 1; index < frames.length; index += 1) sum = crc32c(frames[index] as Uint8Array, sum);
  return sum;
}
