import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Shares } from '../../src/messages/shares.js';

/** Holders that have keys which have ended, such as `{ a: 2 }`: a1, then a2. */
function sharesOf(ended: Readonly<Record<string, number>>, running: Readonly<Record<string, number>> = {}): Shares {
  const shares = new Shares();
  for (const [holder, count] of Object.entries(ended))
    for (let n = 1; n <= count; n += 1) shares.add(holder, `${holder}${n}`);
  for (const [holder, count] of Object.entries(running)) for (let n = 0; n < count; n += 1) shares.begun(holder);
  return shares;
}

describe('what goes for a new key', () => {
  it.each<[string, string, Shares, string | undefined]>([
    ['is of whoever has most', 'c', sharesOf({ a: 2, b: 3, c: 1 }), 'b1'],
    ['is of who asks if nobody has more', 'a', sharesOf({ a: 2, b: 2 }), 'a1'],
    ['is of who asks if that has more, with those that run', 'a', sharesOf({ a: 1, b: 3 }, { a: 3 }), 'a1'],
    ["is nobody else's if all that the one who asks has run", 'a', sharesOf({ b: 3 }, { a: 3 }), undefined],
    ['is of another one than who has most that run', 'c', sharesOf({ b: 1 }, { a: 5 }), 'b1'],
    ['is nothing if all run', 'b', sharesOf({}, { a: 5 }), undefined],
  ])('%s', (_what, holder, shares, expected) => {
    expect(shares.toGoFor(holder)).toBe(expected);
  });
});

it('knows who has most whatever has happened', () => {
  const change = fc.record({ holder: fc.constantFrom('a', 'b', 'c'), key: fc.nat({ max: 4 }), isMore: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const shares = new Shares();
      const known = new Map<string, Set<string>>();
      for (const { holder, key: number, isMore } of changes) {
        const key = `${holder}${number}`;
        const own = known.get(holder) ?? new Set();
        known.set(holder, own);
        if (isMore) {
          shares.add(holder, key);
          own.add(key);
        } else {
          shares.remove(holder, key);
          own.delete(key);
        }
        const most = Math.max(...[...known.values()].map(({ size }) => size));
        const first = [...known.values()].filter(({ size }) => size === most).map(([oldest]) => oldest);
        expect(first).toContain(shares.toGoFor('somebody else'));
      }
    }),
  );
});
