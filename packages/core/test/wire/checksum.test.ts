import { describe, expect, it } from '@jest/globals';
import { readPacket } from '../../src/wire/native/packet-reader.js';
import { framesOf, topicOf, VECTORS } from './vectors.js';
import { KIND } from '../../src/wire/native/format.js';
import { PacketWriter } from '../../src/wire/native/packet-writer.js';
import { asReceived } from './packets.js';

const checked = VECTORS.valid
  .filter(({ decoded }) => decoded.checksum)
  .map((vector) => ({ name: vector.name, topic: topicOf(vector), frames: framesOf(vector) }));

function withAttachments() {
  const writer = new PacketWriter();
  const topic = Buffer.from('prices.eur');
  writer.begin({ id: 'sender', epoch: 12 }, true);
  writer.record(KIND.message, { id: 1, headers: { key: 'value' } }, 'json', '{"a":1}');
  writer.record(KIND.message, { id: 2 }, 'raw', Buffer.alloc(8_192, 1));
  return { name: 'a packet with an attachment', topic, frames: writer.finish(topic).map(asReceived) };
}

/** Of a large frame not every bit is flipped, but bits of every place in a byte, and in all parts of it. */
const LARGE_BYTES = 1_000;
const LARGE_STEP = 101;

const stepOf = ({ length }: Buffer): number => (length > LARGE_BYTES ? LARGE_STEP : 1);

/** All the frames with each of their bits flipped in turn, the topic's included. */
function* flips(frames: readonly Buffer[]): Generator<Buffer[]> {
  for (const [which, frame] of frames.entries()) {
    for (let bit = 0; bit < frame.length * 8; bit += stepOf(frame)) {
      const flipped = asReceived(frame);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      yield frames.with(which, flipped);
    }
  }
}

describe.each([...checked, withAttachments()])('a checksum: $name', ({ topic, frames }) => {
  const read = (given: readonly Buffer[]): unknown =>
    readPacket(given, 1, topic === undefined ? undefined : given[0], true);
  const all = [topic ?? Buffer.alloc(0), ...frames];

  it('is right', () => {
    expect(() => read(all)).not.toThrow();
  });

  it('finds each single bit that was flipped on the way', () => {
    let unnoticed = 0;
    let count = 0;
    for (const flipped of flips(all)) {
      count += 1;
      try {
        read(flipped);
        unnoticed += 1;
      } catch (error) {
        expect((error as { code?: string }).code).toBe('PROTOCOL');
      }
    }
    expect(unnoticed).toBe(0);
    expect(count).toBe(all.reduce((sum, frame) => sum + Math.ceil((8 * frame.length) / stepOf(frame)), 0));
  });

  it('finds what was cut off or put behind', () => {
    const last = all.at(-1)!;
    expect(() => read(all.with(-1, last.subarray(0, -1)))).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
    expect(() => read([...all, Buffer.from('x')])).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
  });
});

describe('a packet without a checksum', () => {
  it('is taken, unless one is wanted', () => {
    const frames = [Buffer.from('c14c5a010009020000' + '0001', 'hex')];
    expect(readPacket(frames, 0).records.length).toBe(1);
    expect(() => readPacket(frames, 0, undefined, true)).toThrow(/it has no checksum, and this side asks for one/);
  });
});
