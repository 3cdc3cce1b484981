import { KIND, type SenderMark } from './format.js';
import type { OutgoingBlock, OutgoingRecord } from './outgoing-record.js';
import { PacketWriter } from './packet-writer.js';

/** All packets of the process are written one after the other, so that they share their slabs. */
const writer = new PacketWriter();

/** How an endpoint's packets are made. */
export interface PacketSettings {
  /** Who sends them, once that is known. */
  readonly sender?: SenderMark | undefined;
  readonly checksum?: boolean | undefined;
}

/** Puts records into one packet. @param topic what stands before it on a publisher. @returns its frames, without the topic */
export function packRecords(
  records: readonly OutgoingRecord[],
  { sender, checksum }: PacketSettings,
  topic?: Uint8Array,
): Uint8Array[] {
  writer.begin(sender, checksum);
  let block: OutgoingBlock | undefined;
  for (const record of records) {
    if (record.block === undefined) {
      writer.record(record.kind, record, record.codec, record.body);
      continue;
    }
    record.block.closed = true;
    if (record.block.isAlone) {
      writer.record(record.kind, record, record.block.codec, record.block.encoded);
      continue;
    }
    if (record.block !== block) {
      block = record.block;
      const { encoded } = block;
      writer.record(KIND.block, { id: block.count }, block.codec, encoded);
    }
    writer.recordInBlock(record.kind, record, record.index);
  }
  return writer.finish(topic);
}
