import { describe, expect, test } from '@jest/globals';
import { callTogether, CASES, PORTION, rate, SIZE } from '../pools/callers.mjs';
import { CONTENDERS, type Resource } from '../pools/contenders.mjs';

describe.each([...CONTENDERS])('$name', ({ open }) => {
  test.each([...CASES])(
    '$title: all is lent as often as asked for, and there are never more than there may be',
    async ({ callers }) => {
      const made: Resource[] = [];
      const pool = await open(SIZE, async () => {
        const resource = { uses: 0 };
        made.push(resource);
        return resource;
      });
      await callTogether(pool, callers);
      await callTogether(pool, callers);
      await pool.close();
      expect(made.reduce((sum, { uses }) => sum + uses, 0)).toBe(2 * PORTION);
      expect(made.length).toBeLessThanOrEqual(SIZE);
      // Those who wait are why there are several.
      if (callers > 1) expect(made.filter(({ uses }) => uses > 0)).toHaveLength(SIZE);
    },
  );
});

test('the rate is that of whole portions, as many as the time takes', async () => {
  let now = 0;
  let portions = 0;
  const portion = async () => {
    now += 30;
    portions += 1;
  };
  expect(await rate(portion, 100, () => now)).toBeCloseTo((4 * PORTION) / 0.12);
  expect(portions).toBe(4);
});
