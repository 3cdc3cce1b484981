import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { crc32c } from '../../../../src/wire/native/crc32c.js';

const ISCSI_READ =
  '01c00000' +
  '00000000' +
  '00000000' +
  '00000000' +
  '14000000' +
  '00000400' +
  '00000014' +
  '00000018' +
  '28000000' +
  '00000000' +
  '02000000' +
  '00000000';

/** Bit by bit, as the standard defines it. */
function slowly(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe('crc32c', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 0],
    ['32 zeros (RFC 3720, B.4)', Buffer.alloc(32), 0x8a91_36aa],
    ['32 bytes of ones (RFC 3720, B.4)', Buffer.alloc(32, 0xff), 0x62a8_ab43],
    [
      '32 bytes that count up (RFC 3720, B.4)',
      Buffer.from(Array.from({ length: 32 }, (_, index) => index)),
      0x46dd_794e,
    ],
    [
      '32 bytes that count down (RFC 3720, B.4)',
      Buffer.from(Array.from({ length: 32 }, (_, index) => 31 - index)),
      0x113f_db5c,
    ],
    ['an iSCSI read command (RFC 3720, B.4)', Buffer.from(ISCSI_READ, 'hex'), 0xd996_3a56],
    ['the digits 1 to 9', Buffer.from('123456789'), 0xe306_9283],
  ])('is right for %s', (_what, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  it('is right for any bytes, in as many parts as one likes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(), fc.nat(), (bytes, one, other) => {
        const [first, second] = [one % (bytes.length + 1), other % (bytes.length + 1)].sort((a, b) => a - b) as [
          number,
          number,
        ];
        const parts = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        expect(parts.reduce((sum, part) => crc32c(part, sum), 0)).toBe(slowly(bytes));
        expect(crc32c(bytes)).toBe(slowly(bytes));
      }),
    );
  });
});
