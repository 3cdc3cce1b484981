import { expect, test } from '@jest/globals';
import { settled } from '../codecs/settled.mjs';
import { inSlices, sink } from '../codecs/slices.mjs';

/** Two whose calls take so many µs, on a machine that gets slower with each slice, and the order of the slices. */
function measured(oursUs: number, bareUs: number, growth = 1) {
  let now = 0;
  let slowness = 1;
  const order: string[] = [];
  const taking = (us: number, name: string) => () => {
    now += (us * slowness) / 1_000;
    if (order.at(-1) !== name) {
      order.push(name);
      slowness *= growth;
    }
    return name;
  };
  const settings = { measureMs: 1_000, warmUpMs: 100 };
  return { ...inSlices(taking(oursUs, 'ours'), taking(bareUs, 'bare'), settings, () => now), order };
}

test('the times are those of one call', () => {
  const { ours, bare, ratio } = measured(30, 20);
  expect(ours).toBeCloseTo(30, 5);
  expect(bare).toBeCloseTo(20, 5);
  expect(ratio).toBeCloseTo(1.5, 5);
});

test('what makes the machine slower meets both', () => {
  const { ours, ratio } = measured(30, 20, 1.05);
  expect(ours).toBeGreaterThan(1.2 * 30);
  expect(ratio).toBeGreaterThan(1.45);
  expect(ratio).toBeLessThan(1.55);
});

test('they take turns, and what they return is kept', () => {
  const { order } = measured(30, 20);
  expect(order.join(' ')).toContain('ours bare ours bare');
  expect(['ours', 'bare']).toContain(sink.last);
});

test('rounds in which the bare library was far slower than in its fastest do not count, whatever ours did', () => {
  const rounds = [
    { ours: 14, bare: 10, ratio: 1.4 },
    { ours: 104, bare: 100, ratio: 1.04 },
    { ours: 90, bare: 15, ratio: 6 },
  ];
  expect(settled(rounds)).toEqual({
    ours: 52,
    bare: 12.5,
    ratio: { median: 3.7, lowest: 1.4, highest: 6 },
    counted: 2,
  });
});
