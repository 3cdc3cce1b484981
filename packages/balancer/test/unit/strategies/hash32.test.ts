import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hash32, mix32 } from '../../../src/strategies/hash32.js';

/** The finalizer of MurmurHash3 in numbers of any size. */
function mixedSlowly(bits: bigint): bigint {
  let mixed = bits ^ (bits >> 16n);
  mixed = (mixed * 0x85ebca6bn) & 0xffffffffn;
  mixed ^= mixed >> 13n;
  mixed = (mixed * 0xc2b2ae35n) & 0xffffffffn;
  return mixed ^ (mixed >> 16n);
}

const uint32 = fc.integer({ min: 0, max: 0xffffffff });

/** How evenly texts fall into parts of the range: the sum of squares by which they differ, which is near the number of parts for chance. */
function unevenness(texts: readonly string[], parts: number, partOf: (hash: number) => number): number {
  const counts = new Array<number>(parts).fill(0);
  for (const text of texts) counts[partOf(hash32(text))]! += 1;
  const expected = texts.length / parts;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

const many = (textOf: (n: number) => string): string[] => Array.from({ length: 50_000 }, (_, n) => textOf(n));

const KINDS: [string, string[]][] = [
  ['numbers', many(String)],
  ['names with numbers', many((n) => `user:${n}`)],
  ['numbers in front', many((n) => `${n}:session`)],
  ['addresses', many((n) => `tcp://10.${n >> 16}.${(n >> 8) & 255}.${n & 255}:5555`)],
  ['one letter of many', many((n) => String.fromCharCode(n))],
  ['two letters of many', many((n) => String.fromCharCode(0x4e00 + (n & 255), 0x4e00 + (n >> 8)))],
  ['the same letter, ever longer', Array.from({ length: 1_000 }, (_, n) => 'a'.repeat(n))],
];

describe('a hash of a text', () => {
  it.each([
    // RFC 9923, appendix C: FNV-1a of these texts.
    ['', 0x811c9dc5n],
    ['a', 0xe40c292cn],
    ['foobar', 0xbf9cf968n],
  ])('of %j is its FNV-1a, mixed', (text, fnv) => {
    expect(BigInt(hash32(text))).toBe(mixedSlowly(fnv));
  });

  it('is 32 bits, mixed as MurmurHash3 does', () => {
    fc.assert(fc.property(uint32, (bits) => expect(BigInt(mix32(bits))).toBe(mixedSlowly(BigInt(bits)))));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), uint32, (text, seed) => {
        const hash = hash32(text, seed);
        expect(hash).toBe(hash >>> 0);
      }),
    );
  });

  it.each(KINDS)(
    'is spread like chance over the whole range, in its upper and in its lower bits, for %s',
    (_name, texts) => {
      // For chance 255 on average, with a deviation of 23.
      expect(unevenness(texts, 256, (hash) => hash >>> 24)).toBeLessThan(255 + 5 * 23);
      expect(unevenness(texts, 256, (hash) => hash & 255)).toBeLessThan(255 + 5 * 23);
    },
  );

  it.each(KINDS)('is seldom the same for two texts, for %s', (_name, texts) => {
    // For chance 0.3 of 50,000.
    expect(texts.length - new Set(texts.map((text) => hash32(text))).size).toBeLessThanOrEqual(4);
  });

  it('changes in half of its bits when one bit of the text changes', () => {
    const changes = new Array<number>(32).fill(0);
    const texts = 2_000;
    for (let n = 0; n < texts; n += 1) {
      const differs = hash32(`key ${n}`) ^ hash32(`key ${n}`.replace('k', 'j'));
      for (let bit = 0; bit < 32; bit += 1) changes[bit]! += (differs >>> bit) & 1;
    }
    for (const change of changes) expect(Math.abs(change / texts - 0.5)).toBeLessThan(0.06);
  });

  it('is another one with another seed', () => {
    const [a, b] = [hash32('some key', 1), hash32('some key', 2)];
    expect(new Set([a, b, hash32('some key')]).size).toBe(3);
  });
});
