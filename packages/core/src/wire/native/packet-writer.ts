import type { MessageHeaders } from '../../contract/message.js';
import { SerializationError } from '../../errors/error-classes.js';
import { crc32c } from './crc32c.js';
import { BODY, EXTENSION, FLAG, KIND, LIMITS, MAGIC, MAJOR, WELL_KNOWN, type Kind, type SenderMark } from './format.js';

/** A value as its codec has encoded it; `undefined` stands for the value `undefined`. */
export type EncodedBody = string | Uint8Array | undefined;

/** What a record says beside its kind and its body. */
export interface RecordFacts {
  readonly id: number;
  /** The id of a task, instead of the number. */
  readonly textId?: string | undefined;
  /** In ms; `undefined` for no limit. */
  readonly timeLeftMs?: number | undefined;
  readonly subject?: string | undefined;
  readonly headers?: MessageHeaders | undefined;
  /** In ms since 1970. */
  readonly moment?: number | undefined;
  readonly priority?: number | undefined;
  /** For how many records in a row it stands; 0 if it is no run. */
  readonly count?: number | undefined;
}

/** Bytes from which on a body is a frame of its own, handed over without being copied. */
export const ATTACHMENT_BYTES = 8 * 1_024;

const SLAB_BYTES = 512 * 1_024;
/** More than the fixed parts of any record, or of a packet's header. */
const FIXED_BYTES = 96;
const CHECKSUM_BYTES = 4;
const VARINT_STEP = 0x80;
const WELL_KNOWN_NUMBERS: ReadonlyMap<string, number> = new Map(WELL_KNOWN.map((text, index) => [text, index + 1]));

/**
 * Writes packets, one after the other into a slab that is never written twice: what was handed over may still be on its way.
 *
 * {@link begin}, then records, then {@link finish}. The layout is described in `docs/protocol.md`.
 */
export class PacketWriter {
  readonly #strings = new Map<string, number>();
  readonly #attachments: Uint8Array[] = [];
  #slab = Buffer.allocUnsafeSlow(0);
  #start = 0;
  #at = 0;
  #checksumAt = -1;
  /** Most records have the subject of the one before. */
  #lastText: string | undefined;
  #lastNumber = 0;

  begin(sender?: SenderMark, checksum = false): void {
    this.#strings.clear();
    this.#lastText = undefined;
    this.#attachments.length = 0;
    this.#checksumAt = -1;
    this.#start = this.#at;
    this.#reserve(FIXED_BYTES + LIMITS.extensionBytes);
    for (const byte of MAGIC) this.#byte(byte);
    this.#byte(MAJOR);
    if (sender === undefined && !checksum) {
      this.#byte(0);
      return;
    }
    this.#extensions(sender, checksum);
  }

  /** Adds a record whose body, if it has one, is its own. @param codec the name of what encoded the body. */
  record(kind: Kind, facts: RecordFacts, codec?: string, body?: EncodedBody): void {
    const isAttachment = typeof body !== 'string' && body !== undefined && body.byteLength >= ATTACHMENT_BYTES;
    const form = body === undefined ? BODY.none : isAttachment ? BODY.attachment : BODY.inline;
    const bytes = 3 * (codec?.length ?? 0) + bodyBytes(isAttachment ? undefined : body);
    const start = this.#head(kind, facts, form, bytes);
    if (body !== undefined) {
      this.#text(codec ?? '');
      if (typeof body === 'string') this.#at += this.#slab.write(body, this.#at);
      else if (isAttachment) this.#number(this.#attachments.push(body) - 1);
      else this.#copy(body);
    }
    this.#end(start);
  }

  /** Adds a record whose body is in the block before it. */
  recordInBlock(kind: Kind, facts: RecordFacts, index: number): void {
    const start = this.#head(kind, facts, BODY.block, 0);
    this.#number(index);
    this.#end(start);
  }

  /** Ends the packet. @param topic what stands before it, for the checksum. @returns its frames: the packet and its attachments. */
  finish(topic?: Uint8Array): Uint8Array[] {
    const packet = this.#slab.subarray(this.#start, this.#at);
    if (this.#checksumAt !== -1) {
      let sum = topic === undefined ? 0 : crc32c(topic);
      sum = crc32c(packet, sum);
      for (const attachment of this.#attachments) sum = crc32c(attachment, sum);
      packet.writeUInt32LE(sum, this.#checksumAt - this.#start);
    }
    return [packet, ...this.#attachments];
  }

  #extensions(sender: SenderMark | undefined, checksum: boolean): void {
    const lengthAt = this.#at;
    this.#at += 2;
    if (checksum) {
      this.#byte(EXTENSION.checksum);
      this.#byte(CHECKSUM_BYTES);
      this.#checksumAt = this.#at;
      for (let left = CHECKSUM_BYTES; left > 0; left -= 1) this.#byte(0);
    }
    if (sender !== undefined) {
      this.#byte(EXTENSION.sender);
      const startAt = this.#at;
      this.#at += 2;
      this.#number(sender.epoch);
      this.#at += this.#slab.write(sender.id, this.#at);
      this.#twoByteNumber(startAt, this.#at - startAt - 2);
    }
    this.#twoByteNumber(lengthAt, this.#at - lengthAt - 2);
  }

  /** @param bytes no less than codec and body take. */
  #head(kind: Kind, facts: RecordFacts, form: number, bytes: number): number {
    const { id, textId, timeLeftMs, subject, headers, moment, priority, count = 0 } = facts;
    const headerText = headers === undefined ? 0 : headersBytes(headers);
    this.#reserve(FIXED_BYTES + 3 * ((subject?.length ?? 0) + (textId?.length ?? 0)) + headerText + bytes);
    const start = this.#at;
    this.#byte(count === 0 ? kind : KIND.run);
    this.#at += 3;
    this.#byte(
      form |
        (timeLeftMs === undefined ? 0 : FLAG.timeLeft) |
        (subject === undefined ? 0 : FLAG.subject) |
        (headerText === 0 ? 0 : FLAG.headers) |
        (moment === undefined ? 0 : FLAG.moment) |
        (priority === undefined ? 0 : FLAG.priority),
    );
    if (count > 0) {
      this.#byte(kind);
      this.#number(count);
    }
    const isTask = kind === KIND.task || kind === KIND.taskWithExtra;
    if (isTask) this.#string(textId ?? '');
    if (!isTask || count > 0) this.#number(id);
    if (timeLeftMs !== undefined) this.#number(timeLeftMs);
    if (subject !== undefined) this.#text(subject);
    if (headerText > 0) this.#headers(headers ?? {});
    if (moment !== undefined) this.#at = this.#slab.writeUIntLE(moment, this.#at, 6);
    if (priority !== undefined) this.#at = this.#slab.writeDoubleLE(priority, this.#at);
    return start;
  }

  #end(start: number): void {
    const length = this.#at - start - 4;
    if (length > LIMITS.recordBytes) {
      throw new SerializationError(
        'TOO_LARGE',
        `a record has ${String(length)} bytes; the limit is ${String(LIMITS.recordBytes)}`,
      );
    }
    const slab = this.#slab;
    slab[start + 1] = length & 0xff;
    slab[start + 2] = (length >>> 8) & 0xff;
    slab[start + 3] = length >>> 16;
  }

  #headers(headers: MessageHeaders): void {
    const keys = Object.keys(headers);
    this.#number(keys.length);
    for (const key of keys) {
      this.#text(key);
      this.#string(headers[key] ?? '');
    }
  }

  /** A string that may come again in this packet: its second time it is a number. */
  #text(text: string): void {
    if (text === this.#lastText) {
      this.#number(this.#lastNumber);
      return;
    }
    const known = this.#strings.get(text) ?? WELL_KNOWN_NUMBERS.get(text);
    this.#lastText = text;
    this.#lastNumber = known ?? WELL_KNOWN.length + this.#strings.size + 1;
    if (known !== undefined) {
      this.#number(known);
      return;
    }
    this.#strings.set(text, this.#lastNumber);
    this.#byte(0);
    this.#string(text);
  }

  #string(text: string): void {
    const { length } = text;
    if (length >= VARINT_STEP / 3) {
      this.#number(Buffer.byteLength(text));
      this.#at += this.#slab.write(text, this.#at);
      return;
    }
    const bytes = this.#slab.write(text, this.#at + 1);
    this.#byte(bytes);
    this.#at += bytes;
  }

  /** A whole number in groups of seven bits, the lowest first (LEB128). */
  #number(value: number): void {
    let rest = value;
    for (; rest >= VARINT_STEP; rest = Math.floor(rest / VARINT_STEP)) this.#byte((rest % VARINT_STEP) | VARINT_STEP);
    this.#byte(rest);
  }

  /** A number below 16,384 where two bytes have been left for it. */
  #twoByteNumber(at: number, value: number): void {
    this.#slab[at] = (value & 0x7f) | VARINT_STEP;
    this.#slab[at + 1] = value >>> 7;
  }

  #byte(byte: number): void {
    this.#slab[this.#at] = byte;
    this.#at += 1;
  }

  #copy(bytes: Uint8Array): void {
    this.#slab.set(bytes, this.#at);
    this.#at += bytes.byteLength;
  }

  /** Makes room behind what is written. A packet that does not fit moves to a new slab, whole. */
  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#slab.length) return;
    const written = this.#at - this.#start;
    const slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, 2 * written + bytes));
    this.#slab.copy(slab, 0, this.#start, this.#at);
    this.#checksumAt -= this.#checksumAt === -1 ? 0 : this.#start;
    this.#slab = slab;
    this.#start = 0;
    this.#at = written;
  }
}

function bodyBytes(body: EncodedBody): number {
  if (body === undefined) return 0;
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
}

/** No less than the bytes that headers take; 0 if there are none. */
function headersBytes(headers: MessageHeaders): number {
  let bytes = 0;
  for (const key in headers) bytes += 3 * (key.length + (headers[key]?.length ?? 0)) + 16;
  return bytes;
}
