import { isUtf8 } from 'node:buffer';
import type { MessageHeaders } from '../../contract/message.js';
import { MessageError } from '../../errors/error-classes.js';
import { crc32c } from './crc32c.js';
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

/** Bodies that were encoded together. */
export interface BodyBlock {
  readonly codec: string;
  readonly count: number;
  readonly bytes: Uint8Array;
  /** The decoded bodies, once somebody has asked for one; or why they cannot be decoded, which is found out once. */
  decoded: { readonly values: readonly unknown[] } | { readonly failure: unknown } | undefined;
}

/** What a packet says in one record. Its bytes are views of the packet's frames. */
export interface NativeRecord {
  readonly kind: number;
  readonly id: number;
  /** The id of a task; empty for other kinds. */
  readonly textId: string;
  readonly timeLeftMs: number | undefined;
  readonly subject: string | undefined;
  readonly headers: MessageHeaders;
  readonly moment: number | undefined;
  readonly priority: number | undefined;
  readonly form: BodyForm;
  readonly codec: string;
  /** The body, unless it is in a block or there is none. */
  readonly bytes: Uint8Array;
  readonly block: BodyBlock | undefined;
  readonly index: number;
}

/** A packet, read. */
export interface Packet {
  readonly records: readonly NativeRecord[];
  readonly sender: SenderMark | undefined;
}

const NO_HEADERS: MessageHeaders = Object.freeze({});
const NO_BYTES = new Uint8Array(0);
const CHECKSUM_BYTES = 4;
/** What the largest number takes. */
const NUMBER_BYTES = 8;
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

class PacketReader {
  readonly #frames: readonly Buffer[];
  readonly #first: number;
  readonly #bytes: Buffer;
  readonly #strings: string[] = [];
  #at = PREFIX_BYTES;
  /** Where what is being read ends: the packet, its extensions, or a record. */
  #end: number;
  #block: BodyBlock | undefined;
  #sender: SenderMark | undefined;
  #checksumAt = -1;
  /** Attachments before it have been named. */
  #attachments = 0;

  constructor(frames: readonly Buffer[], first: number, bytes: Buffer) {
    this.#frames = frames;
    this.#first = first;
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  read(topic: Uint8Array | undefined, wantsChecksum: boolean): Packet {
    this.#readExtensions();
    if (this.#checksumAt !== -1) this.#verify(topic);
    else if (wantsChecksum) throw refused('it has no checksum, and this side asks for one');
    const records: NativeRecord[] = [];
    const { length } = this.#bytes;
    for (let count = 0; this.#at < length; count += 1) {
      if (count === LIMITS.records) throw refused(`it has more than ${String(LIMITS.records)} records`);
      const record = this.#record(length);
      if (record !== undefined) records.push(record);
    }
    return { records, sender: this.#sender };
  }

  #readExtensions(): void {
    const length = this.#number();
    if (length > LIMITS.extensionBytes) throw refused(`its extensions have ${String(length)} bytes`);
    const end = this.#claim(length);
    this.#at = end - length;
    this.#end = end;
    while (this.#at < end) {
      const type = this.#number();
      const bytes = this.#number();
      const next = this.#claim(bytes);
      this.#at = next - bytes;
      if (type === EXTENSION.checksum) {
        if (bytes !== CHECKSUM_BYTES) throw refused(`its checksum has ${String(bytes)} bytes`);
        this.#checksumAt = this.#at;
      } else if (type === EXTENSION.sender) {
        this.#sender = this.#readSender(next);
      } else if (type >= CRITICAL) {
        throw refused(`it has an extension of type ${String(type)} that must be understood`);
      }
      this.#at = next;
    }
    this.#end = this.#bytes.length;
  }

  #readSender(end: number): SenderMark {
    const outer = this.#end;
    this.#end = end;
    const epoch = this.#number();
    const id = this.#text(end - this.#at, LIMITS.senderBytes);
    this.#end = outer;
    if (id === '') throw refused('its sender has no id');
    return { id, epoch };
  }

  #verify(topic: Uint8Array | undefined): void {
    const at = this.#checksumAt;
    const claimed = this.#bytes.readUInt32LE(at);
    let sum = topic === undefined ? 0 : crc32c(topic);
    sum = crc32c(this.#bytes.subarray(0, at), sum);
    sum = crc32c(new Uint8Array(CHECKSUM_BYTES), sum);
    sum = crc32c(this.#bytes.subarray(at + CHECKSUM_BYTES), sum);
    for (let index = this.#first + 1; index < this.#frames.length; index += 1) {
      sum = crc32c(this.#frames[index] ?? NO_BYTES, sum);
    }
    if (sum !== claimed) throw refused('its checksum does not match: it was changed on its way');
  }

  #record(packetEnd: number): NativeRecord | undefined {
    const bytes = this.#bytes;
    const start = this.#claim(4) - 4;
    const kind = bytes[start] ?? 0;
    const length = (bytes[start + 1] ?? 0) | ((bytes[start + 2] ?? 0) << 8) | ((bytes[start + 3] ?? 0) << 16);
    const end = this.#claim(length);
    this.#at = end - length;
    if (kind === 0 || kind > KIND.block) {
      if (kind >= CRITICAL) throw refused(`it has a record of kind ${String(kind)} that must be understood`);
      this.#at = end;
      return undefined;
    }
    this.#end = end;
    const record = this.#content(kind, end);
    this.#at = end;
    this.#end = packetEnd;
    return record;
  }

  #content(kind: number, end: number): NativeRecord | undefined {
    const flags = this.#bytes[this.#claim(1) - 1] ?? 0;
    const isTask = kind === KIND.task || kind === KIND.taskWithExtra;
    const textId = isTask ? this.#text(this.#number(), LIMITS.subjectBytes) : '';
    const id = isTask ? 0 : this.#number();
    const timeLeftMs = flags & FLAG.timeLeft ? this.#number() : undefined;
    const subject = flags & FLAG.subject ? this.#sharedText() : undefined;
    const headers = flags & FLAG.headers ? this.#headers() : NO_HEADERS;
    const moment = flags & FLAG.moment ? this.#bytes.readUIntLE(this.#claim(6) - 6, 6) : undefined;
    const priority = flags & FLAG.priority ? this.#bytes.readDoubleLE(this.#claim(8) - 8) : undefined;
    if (Number.isNaN(priority)) throw refused('a priority is no number');
    if (flags & FLAG.extension) this.#claim(this.#number());
    const form = (flags & 3) as BodyForm;
    let codec = '';
    let body: Uint8Array = NO_BYTES;
    let index = 0;
    if (form === BODY.block) {
      index = this.#number();
      if (this.#block === undefined || index >= this.#block.count)
        throw refused('a record has its body in a block that is not there');
    } else if (form !== BODY.none) {
      codec = this.#sharedText();
      body = form === BODY.inline ? this.#bytes.subarray(this.#at, end) : this.#attachment();
      if (form === BODY.inline) this.#at = end;
    }
    if (this.#at !== end) throw refused('a record is longer than what it says');
    if (kind === KIND.block) {
      this.#startBlock(id, form, codec, body);
      return undefined;
    }
    const block = form === BODY.block ? this.#block : undefined;
    return { kind, id, textId, timeLeftMs, subject, headers, moment, priority, form, codec, bytes: body, block, index };
  }

  #startBlock(count: number, form: BodyForm, codec: string, bytes: Uint8Array): void {
    if (form === BODY.none || form === BODY.block) throw refused('a block has no bytes');
    if (count > LIMITS.records || count > bytes.length)
      throw refused(`a block of ${String(bytes.length)} bytes says that it has ${String(count)} bodies`);
    this.#block = { codec, count, bytes, decoded: undefined };
  }

  #attachment(): Uint8Array {
    const index = this.#number();
    if (index < this.#attachments) throw refused(`attachment ${String(index)} is named a second time`);
    this.#attachments = index + 1;
    const attachment = this.#frames[this.#first + 1 + index];
    if (attachment === undefined)
      throw refused(`a record has its body in attachment ${String(index)}, which is not there`);
    return attachment;
  }

  #headers(): MessageHeaders {
    const count = this.#number();
    if (count > LIMITS.headers) throw refused(`a record has ${String(count)} headers`);
    const headers: [string, string][] = [];
    let bytes = 0;
    for (let left = count; left > 0; left -= 1) {
      const key = this.#sharedText();
      const length = this.#number();
      bytes += length;
      headers.push([key, this.#text(length, LIMITS.headerBytes - bytes + length)]);
    }
    return Object.freeze(Object.fromEntries(headers));
  }

  /** A string, or the number of one that came before. */
  #sharedText(): string {
    const reference = this.#number();
    if (reference === 0) {
      const text = this.#text(this.#number(), LIMITS.subjectBytes);
      this.#strings.push(text);
      return text;
    }
    const text =
      reference <= WELL_KNOWN.length ? WELL_KNOWN[reference - 1] : this.#strings[reference - 1 - WELL_KNOWN.length];
    if (text === undefined)
      throw refused(`it refers to string ${String(reference)} of ${String(WELL_KNOWN.length + this.#strings.length)}`);
    return text;
  }

  #text(length: number, limit: number): string {
    if (length > limit) throw refused(`a string has ${String(length)} bytes; the limit is ${String(limit)}`);
    const end = this.#claim(length);
    const bytes = this.#bytes.subarray(end - length, end);
    if (!isUtf8(bytes)) throw refused('a string is not valid UTF-8');
    return bytes.toString('utf8');
  }

  /** A whole number in groups of seven bits, the lowest first. */
  #number(): number {
    const bytes = this.#bytes;
    const end = Math.min(this.#end, this.#at + NUMBER_BYTES);
    let at = this.#at;
    let value = 0;
    for (let factor = 1; at < end; factor *= 0x80) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * factor;
      if (value > LIMITS.number) throw refused('a number is too large');
      if (byte < 0x80) {
        this.#at = at;
        return value;
      }
    }
    throw refused('a number has no end');
  }

  /** Takes the next bytes. @returns where they end */
  #claim(length: number): number {
    const end = this.#at + length;
    if (end > this.#end)
      throw refused(`${String(length)} bytes were to come, and there are ${String(this.#end - this.#at)}`);
    this.#at = end;
    return end;
  }
}

function refused(why: string): MessageError {
  return new MessageError('PROTOCOL', `a packet cannot be read: ${why}`);
}
