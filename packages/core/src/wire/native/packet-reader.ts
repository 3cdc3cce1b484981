import type { MessageHeaders } from '../../contract/message.js';
import { ByteReader, refused } from './byte-reader.js';
import {
  BODY,
  CRITICAL,
  EXTENSION,
  FLAG,
  KIND,
  LIMITS,
  MAGIC,
  MAJOR,
  WELL_KNOWN,
  type BodyForm,
  type SenderMark,
} from './format.js';
import { CHECKSUM_BYTES, packetChecksum } from './packet-checksum.js';
import type { BodyBlock, NativeRecord, Packet } from './native-record.js';
import { RecordRun } from './record-run.js';

const NO_HEADERS: MessageHeaders = Object.freeze({});
const NO_BYTES = new Uint8Array(0);
const PREFIX_BYTES = MAGIC.length + 1;

/** Whether a frame is meant as a packet, of whatever version. */
export function isPacket(frame: Uint8Array | undefined): boolean {
  return frame !== undefined && frame[0] === MAGIC[0] && frame[1] === MAGIC[1] && frame[2] === MAGIC[2];
}

/**
 * Reads a packet: the frame and its attachments, `frames` from `first` on.
 * @param topic what stands before it, for the checksum.
 * @param wantsChecksum whether a packet without a checksum is refused.
 * @throws MessageError PROTOCOL, and nothing else, whatever the bytes are.
 */
export function readPacket(
  frames: readonly Buffer[],
  first: number,
  topic?: Uint8Array,
  wantsChecksum = false,
): Packet {
  const frame = frames[first];
  if (frame === undefined || !isPacket(frame)) throw refused('it does not begin as a packet');
  if (frame.length < PREFIX_BYTES) throw refused('it ends before its version');
  if (frame[PREFIX_BYTES - 1] !== MAJOR) {
    throw refused(`it is of version ${String(frame[PREFIX_BYTES - 1])}, and this side speaks version ${String(MAJOR)}`);
  }
  return new PacketReader(frames, first, frame).read(topic, wantsChecksum);
}

class PacketReader extends ByteReader {
  readonly #frames: readonly Buffer[];
  readonly #first: number;
  readonly #strings: string[] = [];
  #block: BodyBlock | undefined;
  #sender: SenderMark | undefined;
  #checksumAt = -1;
  /** The run that was read last, if the record that was read last stands for one. */
  #run: RecordRun | undefined;
  /** Attachments before it have been named. */
  #attachments = 0;

  constructor(frames: readonly Buffer[], first: number, bytes: Buffer) {
    super(bytes, PREFIX_BYTES);
    this.#frames = frames;
    this.#first = first;
  }

  read(topic: Uint8Array | undefined, wantsChecksum: boolean): Packet {
    this.#readExtensions();
    if (this.#checksumAt !== -1) this.#verify(topic);
    else if (wantsChecksum) throw refused('it has no checksum, and this side asks for one');
    const records: NativeRecord[] = [];
    const { length } = this.bytes;
    for (let count = 0; this.at < length; count += 1) {
      const record = this.#record(length);
      if (this.#run !== undefined) count += this.#run.count - 1;
      if (count >= LIMITS.records) throw refused(`it has more than ${String(LIMITS.records)} records`);
      if (record === undefined) continue;
      records.push(record);
      this.#run?.repeat(record, records);
    }
    return { records, sender: this.#sender };
  }

  #readExtensions(): void {
    const length = this.number();
    if (length > LIMITS.extensionBytes) throw refused(`its extensions have ${String(length)} bytes`);
    const end = this.claim(length);
    this.at = end - length;
    this.end = end;
    while (this.at < end) {
      const type = this.number();
      const bytes = this.number();
      const next = this.claim(bytes);
      this.at = next - bytes;
      if (type === EXTENSION.checksum) {
        if (bytes !== CHECKSUM_BYTES) throw refused(`its checksum has ${String(bytes)} bytes`);
        this.#checksumAt = this.at;
      } else if (type === EXTENSION.sender) {
        this.#sender = this.#readSender(next);
      } else if (type >= CRITICAL) {
        throw refused(`it has an extension of type ${String(type)} that must be understood`);
      }
      this.at = next;
    }
    this.end = this.bytes.length;
  }

  #readSender(end: number): SenderMark {
    const outer = this.end;
    this.end = end;
    const epoch = this.number();
    const id = this.text(end - this.at, LIMITS.senderBytes);
    this.end = outer;
    if (id === '') throw refused('its sender has no id');
    return { id, epoch };
  }

  #verify(topic: Uint8Array | undefined): void {
    const claimed = this.bytes.readUInt32LE(this.#checksumAt);
    if (packetChecksum(this.#frames, this.#first, this.#checksumAt, topic) === claimed) return;
    throw refused('its checksum does not match: it was changed on its way');
  }

  #record(packetEnd: number): NativeRecord | undefined {
    const bytes = this.bytes;
    const start = this.claim(4) - 4;
    const kind = bytes[start] ?? 0;
    const length = (bytes[start + 1] ?? 0) | ((bytes[start + 2] ?? 0) << 8) | ((bytes[start + 3] ?? 0) << 16);
    const end = this.claim(length);
    this.at = end - length;
    if (kind === 0 || kind > KIND.run) {
      if (kind >= CRITICAL) throw refused(`it has a record of kind ${String(kind)} that must be understood`);
      this.at = end;
      this.#run = undefined;
      return undefined;
    }
    this.end = end;
    const record = this.#content(kind, end);
    this.at = end;
    this.end = packetEnd;
    return record;
  }

  #content(outerKind: number, end: number): NativeRecord | undefined {
    const flags = this.bytes[this.claim(1) - 1] ?? 0;
    const run = outerKind === KIND.run ? this.#startRun() : undefined;
    this.#run = run;
    const kind = run === undefined ? outerKind : run.kind;
    const isTask = kind === KIND.task || kind === KIND.taskWithExtra;
    const ownId = isTask ? this.text(this.number(), LIMITS.subjectBytes) : '';
    const number = isTask && run === undefined ? 0 : this.number();
    const textId = run === undefined ? ownId : run.begin(ownId, number);
    const id = isTask ? 0 : number;
    const timeLeftMs = flags & FLAG.timeLeft ? this.number() : undefined;
    const subject = flags & FLAG.subject ? this.#sharedText() : undefined;
    const headers = flags & FLAG.headers ? this.#headers() : NO_HEADERS;
    const moment = flags & FLAG.moment ? this.bytes.readUIntLE(this.claim(6) - 6, 6) : undefined;
    const priority = flags & FLAG.priority ? this.bytes.readDoubleLE(this.claim(8) - 8) : undefined;
    if (Number.isNaN(priority)) throw refused('a priority is no number');
    if (flags & FLAG.extension) this.claim(this.number());
    const form = (flags & 3) as BodyForm;
    let codec = '';
    let body: Uint8Array = NO_BYTES;
    let index = 0;
    if (form === BODY.block) {
      index = this.number();
      if (this.#block === undefined || index >= this.#block.count)
        throw refused('a record has its body in a block that is not there');
    } else if (form !== BODY.none) {
      codec = this.#sharedText();
      body = form === BODY.inline ? this.bytes.subarray(this.at, end) : this.#attachment();
      if (form === BODY.inline) this.at = end;
    }
    if (this.at !== end) throw refused('a record is longer than what it says');
    run?.claimBodies(form === BODY.block ? this.#block : undefined, index);
    if (kind === KIND.block) {
      this.#startBlock(id, form, codec, body);
      return undefined;
    }
    const block = form === BODY.block ? this.#block : undefined;
    return { kind, id, textId, timeLeftMs, subject, headers, moment, priority, form, codec, bytes: body, block, index };
  }

  #startRun(): RecordRun {
    const kind = this.bytes[this.claim(1) - 1] ?? 0;
    return new RecordRun(kind, this.number());
  }

  #startBlock(count: number, form: BodyForm, codec: string, bytes: Uint8Array): void {
    if (form === BODY.none || form === BODY.block) throw refused('a block has no bytes');
    if (count > LIMITS.records || count > bytes.length)
      throw refused(`a block of ${String(bytes.length)} bytes says that it has ${String(count)} bodies`);
    this.#block = { codec, count, bytes, taken: 0, decoded: undefined };
  }

  #attachment(): Uint8Array {
    const index = this.number();
    if (index < this.#attachments) throw refused(`attachment ${String(index)} is named a second time`);
    this.#attachments = index + 1;
    const attachment = this.#frames[this.#first + 1 + index];
    if (attachment === undefined)
      throw refused(`a record has its body in attachment ${String(index)}, which is not there`);
    return attachment;
  }

  #headers(): MessageHeaders {
    const count = this.number();
    if (count > LIMITS.headers) throw refused(`a record has ${String(count)} headers`);
    const headers: [string, string][] = [];
    let bytes = 0;
    for (let left = count; left > 0; left -= 1) {
      const key = this.#sharedText();
      const length = this.number();
      bytes += length;
      headers.push([key, this.text(length, LIMITS.headerBytes - bytes + length)]);
    }
    return Object.freeze(Object.fromEntries(headers));
  }

  /** A string, or the number of one that came before. */
  #sharedText(): string {
    const reference = this.number();
    if (reference === 0) {
      const text = this.text(this.number(), LIMITS.subjectBytes);
      this.#strings.push(text);
      return text;
    }
    const text =
      reference <= WELL_KNOWN.length ? WELL_KNOWN[reference - 1] : this.#strings[reference - 1 - WELL_KNOWN.length];
    if (text === undefined)
      throw refused(`it refers to string ${String(reference)} of ${String(WELL_KNOWN.length + this.#strings.length)}`);
    return text;
  }
}
