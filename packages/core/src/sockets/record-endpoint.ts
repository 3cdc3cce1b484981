import { DEFAULTS } from '../defaults.js';
import type { Serializer } from '../contract/serializer.js';
import { MessageError, SerializationError } from '../errors/error-classes.js';
import { textOf, type What } from '../serializers/guarded.js';
import { isControl } from '../wire/native/format.js';
import type { NativeRecord, Packet } from '../wire/native/native-record.js';
import type { OutgoingRecord } from '../wire/native/outgoing-record.js';
import { readPacket } from '../wire/native/packet-reader.js';
import { ATTACHMENT_BYTES } from '../wire/native/packet-writer.js';
import { checkRecordLimits } from '../wire/native/record-limits.js';
import { Endpoint } from './endpoint.js';
import type { EndpointEvents } from './endpoint-events.js';
import { Heartbeat } from './heartbeat.js';
import { Notice, type NoticeOwner } from './notice.js';
import type { Frame } from './open-socket.js';
import type { Outbox } from './outbox.js';

/** What is said about the connection is repeated or in vain: its loss is no news. */
const CONTROL: NoticeOwner = { describe: ({ record }) => `a record of kind ${String(record?.kind)}` };

/** Records that are taken one after the other before the event loop gets its turn. */
const RECORDS_A_TURN = 1_000;

const UNREADABLE: Packet = { records: [], sender: undefined };

/** What a record takes beside its body, about. */
const RECORD_BYTES = 32;

/** What a packet takes beside its records and the id of its sender, and no less. */
const PACKET_BYTES = 32;
const MOST_BYTES_A_UNIT = 3;

/** What every endpoint needs to send and to receive records of the native dialect. */
export abstract class RecordEndpoint<Events extends EndpointEvents = EndpointEvents> extends Endpoint<Events> {
  /** About what a record takes whose body is encoded already. */
  protected recordBytes(record: OutgoingRecord, what: What): number {
    const { body } = record;
    const facts = RECORD_BYTES + checkRecordLimits(record);
    const bytes = body === undefined ? 0 : typeof body === 'string' ? body.length : body.byteLength;
    this.#checkRecordSize(facts, bytes, what);
    return facts + bytes;
  }

  /** Whether it speaks the native dialect, where it is the one who speaks first. */
  protected get isNative(): boolean {
    return this.options.dialect !== 'classic';
  }

  /** A look at each ping interval. */
  protected newHeartbeat(look: () => void): Heartbeat {
    const { pingIntervalMs = DEFAULTS.pingIntervalMs, deadPeerMs = DEFAULTS.deadPeerMs } = this.options;
    return new Heartbeat(pingIntervalMs, deadPeerMs, look);
  }

  /** A record that says something about the connection: a ping, a goodbye. */
  protected newControl(record: OutgoingRecord): Notice {
    const notice = new Notice(CONTROL);
    notice.record = record;
    notice.bytes = RECORD_BYTES;
    return notice;
  }

  /** Takes the records of a packet in their order. Where one takes a while, the next waits for it. */
  protected takeEach(
    records: readonly NativeRecord[],
    take: (record: NativeRecord) => void | Promise<void>,
  ): void | Promise<void> {
    for (let index = 0; index < records.length; index += 1) {
      const taken = take(records[index] as NativeRecord);
      if (taken !== undefined) return this.#takeRest(taken, records, index + 1, take);
    }
    return undefined;
  }

  async #takeRest(
    taken: Promise<void>,
    records: readonly NativeRecord[],
    from: number,
    take: (record: NativeRecord) => void | Promise<void>,
  ): Promise<void> {
    await taken;
    for (let index = from; index < records.length; index += 1) {
      await take(records[index] as NativeRecord);
      if (index % RECORDS_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** @throws MessageError PROTOCOL */
  protected readPacket(frames: readonly Buffer[], first: number, topic?: Uint8Array): Packet {
    const packet = readPacket(frames, first, topic, this.packets.checksum);
    this.#countRecords(packet.records);
    return packet;
  }

  /**
   * The records of a packet, read and counted; none if it cannot be read, which is counted and reported.
   * @param first the packet's place among the frames.
   */
  protected readRecords(frames: readonly Buffer[], first: number, peer?: string, topic?: Uint8Array): Packet {
    try {
      return this.readPacket(frames, first, topic);
    } catch (error) {
      this.unreadable(error, peer);
      return UNREADABLE;
    }
  }

  /** Counts and reports a record that is meant for another kind of endpoint. What is about the connection harms nobody. */
  protected unexpected({ kind }: NativeRecord, peer?: string): void {
    if (isControl(kind)) return;
    this.unreadable(
      new MessageError(
        'PROTOCOL',
        `a record of kind ${String(kind)} is not for a ${this.kind}: the other side is not its counterpart`,
      ),
      peer,
    );
  }

  /** Counts the messages in a packet, which has been counted as one. */
  #countRecords(records: readonly NativeRecord[]): void {
    let messages = 0;
    for (const { kind } of records) if (!isControl(kind)) messages += 1;
    this.counter.receivedMessages += messages - 1;
  }

  /**
   * Encodes the body of a record that is about to go to an outbox.
   * @returns about how many bytes the record has
   * @throws SerializationError ENCODE, TOO_LARGE
   */
  protected encodeRecord(
    outbox: Outbox,
    record: OutgoingRecord,
    serializer: Serializer,
    body: unknown,
    what: What,
  ): number {
    const facts = RECORD_BYTES + checkRecordLimits(record);
    const bytes = outbox.encode(record, serializer, body, what, facts - RECORD_BYTES);
    this.#checkRecordSize(facts, bytes, what);
    return facts + bytes;
  }

  /**
   * The size of a message's frames in bytes.
   * @throws SerializationError TOO_LARGE for a message that no endpoint with our limit would take: its peer would cut the connection
   */
  protected sizeOf(frames: readonly Frame[], description: string): number {
    let bytes = 0;
    for (const frame of frames) bytes += typeof frame === 'string' ? Buffer.byteLength(frame) : frame.byteLength;
    this.checkSize(bytes, description);
    return bytes;
  }

  /** A large body is a frame of its own, behind that of its packet. */
  #checkRecordSize(facts: number, bytes: number, what: What): void {
    const { sender } = this.packets;
    const packet = PACKET_BYTES + (sender === undefined ? 0 : MOST_BYTES_A_UNIT * sender.id.length) + facts;
    this.checkSize(bytes < ATTACHMENT_BYTES ? packet + bytes : Math.max(packet, bytes), what);
  }

  /** @throws SerializationError TOO_LARGE */
  protected checkSize(bytes: number, what: What): void {
    const { maxMessageBytes = DEFAULTS.maxMessageBytes } = this.options;
    if (bytes <= maxMessageBytes) return;
    throw new SerializationError(
      'TOO_LARGE',
      `${textOf(what)} has ${String(bytes)} bytes, more than the ${String(maxMessageBytes)} that maxMessageBytes allows; send it in parts, or raise maxMessageBytes on both sides`,
    );
  }
}
