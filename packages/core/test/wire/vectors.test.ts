import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { describeWithPython, startPython } from '@liberzmq-tooling/testkit';
import { isPacket, readPacket } from '../../src/wire/native/packet-reader.js';
import { framesOf, KIND_NAMES, KINDS, show, topicOf, VECTORS, VECTORS_FILE, write } from './vectors.js';

const hex = (frames: readonly Uint8Array[]): string[] => frames.map((frame) => Buffer.from(frame).toString('hex'));

/** Without what our reader passes over in silence: that a checksum was there, and that headers were said to be none. */
function comparable({ checksum: _, ...packet }: (typeof VECTORS.valid)[number]['decoded']) {
  const records = packet.records.map(({ headers, ...record }) =>
    headers === undefined || Object.keys(headers).length === 0 ? record : { ...record, headers },
  );
  return { ...packet, records };
}

describe('the vectors of the protocol', () => {
  it('show every kind of record and every reason for a name once', () => {
    const kinds = new Set(VECTORS.valid.flatMap(({ decoded }) => decoded.records.map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual(KINDS.map((kind) => KIND_NAMES.get(kind)).sort());
    const names = [...VECTORS.valid, ...VECTORS.invalid].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(VECTORS.valid.filter(({ written }) => written).length).toBeGreaterThan(25);
  });

  it.each(VECTORS.valid.filter(({ written }) => written))('are what our sender writes: $name', (vector) => {
    expect(hex(write(vector.decoded, vector.runs, topicOf(vector)))).toEqual(vector.frames);
  });

  it.each(VECTORS.valid)('are what our receiver reads: $name', (vector) => {
    const frames = framesOf(vector);
    expect(isPacket(frames[0])).toBe(true);
    expect(show(readPacket(frames, 0, topicOf(vector)))).toEqual(comparable(vector.decoded));
  });

  it.each(VECTORS.valid)('have checksums exactly where they say: $name', (vector) => {
    const read = (): unknown => readPacket(framesOf(vector), 0, topicOf(vector), true);
    if (vector.decoded.checksum) expect(read).not.toThrow();
    else expect(read).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
  });

  it.each(VECTORS.invalid)('are refused by our receiver: $name', (vector) => {
    expect(() => readPacket(framesOf(vector), 0, topicOf(vector), vector.wantsChecksum ?? false)).toThrow(
      expect.objectContaining({ name: 'MessageError', code: 'PROTOCOL' }),
    );
  });

  it('can be read behind other frames, too', () => {
    for (const vector of VECTORS.valid) {
      const frames = [Buffer.from('c14c5a0200', 'hex'), Buffer.from('id'), ...framesOf(vector)];
      expect(show(readPacket(frames, 2, topicOf(vector)))).toEqual(comparable(vector.decoded));
    }
  });
});

describeWithPython('a decoder that was written from the document', () => {
  it('agrees on every vector', async () => {
    const script = new URL('./python/decode.py', import.meta.url);
    await using python = await startPython(script, [fileURLToPath(VECTORS_FILE)]);
    expect(await python.lines.nextLine()).toEqual({
      valid: VECTORS.valid.length,
      invalid: VECTORS.invalid.length,
      disagreements: [],
    });
    expect(await python.exitCode).toBe(0);
  });
});
