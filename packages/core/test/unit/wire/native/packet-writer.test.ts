import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { KIND, LIMITS } from '../../../../src/wire/native/format.js';
import { readPacket } from '../../../../src/wire/native/packet-reader.js';
import { ATTACHMENT_BYTES, PacketWriter, type EncodedBody } from '../../../../src/wire/native/packet-writer.js';

const received = (frames: readonly Uint8Array[]): Buffer[] => frames.map((frame) => Buffer.from(frame));
const read = (frames: readonly Uint8Array[]) => readPacket(received(frames), 0);
const digest = (frame: Uint8Array): string => createHash('sha1').update(frame).digest('hex');

/** A packet of one response. */
function write(writer: PacketWriter, id: number, body: EncodedBody, codec = 'raw'): Uint8Array[] {
  writer.begin();
  writer.record(KIND.response, { id }, codec, body);
  return writer.finish();
}

describe('a packet writer', () => {
  it('never writes again where an earlier packet lies, however many there are', () => {
    const writer = new PacketWriter();
    const held = Array.from({ length: 600 }, (_, index) => {
      // Of all sizes, from nothing to nearly an attachment: they fill several slabs, and end at every distance from their ends.
      const body = Buffer.alloc((index * 997) % ATTACHMENT_BYTES, index);
      const [frame] = write(writer, index, body);
      return { index, body, frame: frame!, was: digest(frame!) };
    });
    const total = held.reduce((sum, { frame }) => sum + frame.length, 0);
    expect(total).toBeGreaterThan(2_000_000);
    for (const { index, body, frame, was } of held) {
      expect(digest(frame)).toBe(was);
      const record = read([frame]).records[0]!;
      expect([record.id, Buffer.compare(record.bytes, body)]).toEqual([index, 0]);
    }
  });

  it('shares its memory among small packets', () => {
    const writer = new PacketWriter();
    const memories = new Set(Array.from({ length: 1_000 }, (_, index) => write(writer, index, 'x')[0]!.buffer));
    expect(memories.size).toBe(1);
  });

  it.each([false, true])('writes packets that are larger than a slab, whole (with a checksum: %s)', (checksum) => {
    const writer = new PacketWriter();
    const body = Buffer.alloc(ATTACHMENT_BYTES - 1);
    const earlier = write(writer, 1, 'earlier')[0]!;
    writer.begin({ id: 'sender', epoch: 1 }, checksum);
    for (let id = 1; id <= 400; id += 1) {
      writer.record(KIND.response, { id, subject: 'the same', headers: { key: String(id) } }, 'raw', body.fill(id));
    }
    const [frame] = writer.finish();
    expect(frame!.length).toBeGreaterThan(3_000_000);
    const { records, sender } = readPacket(received([frame!]), 0, undefined, checksum);
    expect(sender).toEqual({ id: 'sender', epoch: 1 });
    expect(records.length).toBe(400);
    records.forEach((record, index) => {
      expect(record).toMatchObject({ id: index + 1, subject: 'the same', headers: { key: String(index + 1) } });
      expect(record.bytes[0]).toBe((index + 1) & 0xff);
    });
    expect(read([earlier]).records[0]!.id).toBe(1);
  });

  it('takes text as a body, of any size, and in any script', () => {
    const writer = new PacketWriter();
    for (const text of ['', 'x', '查'.repeat(100_000), '\u{1F40D}'.repeat(200_000)]) {
      const { records } = read(write(writer, 1, text, 'json'));
      expect(Buffer.from(records[0]!.bytes).toString() === text).toBe(true);
      expect(records[0]!.codec).toBe('json');
    }
  });

  it('hands larger bodies over as they are, in frames of their own', () => {
    const writer = new PacketWriter();
    const bodies = [ATTACHMENT_BYTES, 5, 50_000].map((length) => Buffer.alloc(length, length & 0xff));
    writer.begin();
    bodies.forEach((body, id) => writer.record(KIND.response, { id }, 'raw', body));
    const frames = writer.finish();
    expect(frames.length).toBe(3);
    expect(frames[1]).toBe(bodies[0]);
    expect(frames[2]).toBe(bodies[2]);
    expect(frames[0]!.length).toBeLessThan(100);
    expect(read(frames).records.map(({ bytes }, index) => Buffer.compare(bytes, bodies[index]!))).toEqual([0, 0, 0]);
  });

  it('forgets strings and attachments with each packet', () => {
    const writer = new PacketWriter();
    const packet = (): Uint8Array[] => {
      writer.begin();
      writer.record(KIND.request, { id: 1, subject: 'add' }, 'json', Buffer.alloc(ATTACHMENT_BYTES));
      return writer.finish();
    };
    const [first, second] = [packet(), packet()];
    expect(Buffer.compare(second[0]!, first[0]!)).toBe(0);
    expect(second.length).toBe(2);
  });

  it('does not change a packet that it has given away when it begins another one', () => {
    const writer = new PacketWriter();
    const [frame] = write(writer, 1, 'first');
    const was = digest(frame!);
    writer.begin({ id: 'x'.repeat(200), epoch: 2 ** 50 }, true);
    writer.record(KIND.response, { id: 9 }, 'raw', 'second');
    expect(digest(frame!)).toBe(was);
  });

  it('writes codecs with long names', () => {
    const writer = new PacketWriter();
    const name = '编'.repeat(1_365);
    for (let count = 0; count < 300; count += 1) {
      expect(read(write(writer, count, 'x', name)).records[0]).toMatchObject({ id: count, codec: name });
    }
  });

  it('writes texts of all lengths, and of all widths', () => {
    const writer = new PacketWriter();
    for (const letter of ['a', 'é', '查', '\u{1F40D}']) {
      for (let length = 0; length < 140; length += 1) {
        const text = letter.repeat(length);
        writer.begin();
        writer.record(KIND.task, { id: 0, textId: text, subject: text, headers: { [text]: text } });
        const [record] = read(writer.finish()).records;
        expect(record).toMatchObject({ textId: text, subject: text, headers: { [text]: text } });
      }
    }
  });

  it('writes runs whose ids begin with texts of all lengths, and of all widths', () => {
    const writer = new PacketWriter();
    for (const letter of ['a', 'é', '查', '\u{1F40D}']) {
      for (const length of [...Array(140).keys(), 1_000]) {
        const prefix = letter.repeat(length);
        writer.begin();
        writer.record(KIND.block, { id: 2 }, 'json', '[1,2]');
        writer.recordInBlock(KIND.task, { id: 0xff, textId: prefix, count: 2, subject: prefix }, 0);
        const { records } = read(writer.finish());
        expect(records.map(({ textId }) => textId)).toEqual([`${prefix}00ff`, `${prefix}0100`]);
      }
    }
  });

  it('writes a run as one record, however many it stands for', () => {
    const writer = new PacketWriter();
    const bytes = (count: number): number => {
      writer.begin();
      writer.record(KIND.block, { id: 40_000 }, 'raw', Buffer.alloc(40_000));
      writer.recordInBlock(KIND.message, { id: 2 ** 40, count, headers: { tenant: 'a' } }, 0);
      const frames = writer.finish();
      expect(read(frames).records.length).toBe(count);
      return frames[0]!.length;
    };
    expect(bytes(40_000) - bytes(1)).toBe(2);
  });

  it('writes half a surrogate pair, which has no encoding, as what stands for it', () => {
    const writer = new PacketWriter();
    writer.begin();
    writer.record(KIND.request, { id: 1, subject: 'a\ud800b' });
    expect(read(writer.finish()).records[0]!.subject).toBe('a\ufffdb');
  });

  it('refuses a record that is larger than its length can say, and goes on', () => {
    const writer = new PacketWriter();
    writer.begin();
    const write17 = (): void => writer.record(KIND.response, { id: 1 }, 'json', 'x'.repeat(LIMITS.recordBytes));
    expect(write17).toThrow(expect.objectContaining({ name: 'SerializationError', code: 'TOO_LARGE' }));
    expect(read(write(writer, 2, 'x')).records[0]!.id).toBe(2);
  });
});
