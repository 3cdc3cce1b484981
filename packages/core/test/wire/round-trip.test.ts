import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { json } from '../../src/serializers/json.js';
import { decodeBody } from '../../src/wire/native/body-decoder.js';
import { readPacket } from '../../src/wire/native/packet-reader.js';
import { isTask, pack, samplePacket, unrolled } from './packets.js';

describe('a packet', () => {
  it('comes out as it went in, whatever is in it', () => {
    fc.assert(
      fc.property(samplePacket, (sent) => {
        const { records, sender } = readPacket(pack(sent), 0, sent.topic, sent.checksum);
        expect(sender).toEqual(sent.sender);
        const samples = sent.samples.flatMap(unrolled);
        expect(records.length).toBe(samples.length);
        for (const [index, expected] of samples.entries()) {
          const record = records[index]!;
          const { timeLeftMs, subject, moment, priority } = expected;
          expect(record).toMatchObject({ kind: expected.kind, timeLeftMs, subject, moment, priority });
          expect(isTask(expected.kind) ? record.textId : record.id).toBe(
            isTask(expected.kind) ? expected.textId : expected.id,
          );
          expect(Object.entries(record.headers).sort()).toEqual(Object.entries(expected.headers ?? {}).sort());
          const body = decodeBody(record, json, 'control', 'a sample');
          if (expected.body instanceof Uint8Array) {
            expect(Buffer.compare(body as Uint8Array, expected.body)).toBe(0);
          } else {
            expect(body).toEqual(expected.body);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('refers to a string the second time', () => {
    const sample = { kind: 1, id: 1, textId: '', subject: 'a'.repeat(1_000), headers: { ['k'.repeat(1_000)]: 'v' } };
    const packet = (count: number): number => {
      const samples = Array.from(
        { length: count },
        () => ({ ...sample, timeLeftMs: 1, moment: undefined, priority: undefined, body: Buffer.alloc(1) }) as const,
      );
      return pack({ samples: samples as never, sender: undefined, checksum: false, topic: undefined, together: 1 })[0]!
        .length;
    };
    expect(packet(2) - packet(1)).toBeLessThan(20);
    expect(packet(2) - packet(1)).toBe(packet(3) - packet(2));
  });
});
