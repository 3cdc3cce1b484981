import { expect, test } from '@jest/globals';
import { PAYLOADS } from '../payloads.mjs';

test('they are as large as they are said to be', () => {
  expect(JSON.stringify(PAYLOADS.small.data)).toHaveLength(100);
  expect(Math.round(JSON.stringify(PAYLOADS.medium.data).length / 1_000)).toBe(10);
  expect(PAYLOADS.large.data).toHaveLength(1_000_000);
});

test.each(Object.entries(PAYLOADS))('%s is told from something else', (_name, { data, isIntact }) => {
  expect(isIntact(Buffer.isBuffer(data) ? data : JSON.parse(JSON.stringify(data)))).toBe(true);
  expect(isIntact({ id: 1 })).toBe(false);
});
