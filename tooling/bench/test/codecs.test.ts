import { describe, expect, test } from '@jest/globals';
import { FORMATS } from '../codecs/formats.mjs';
import { VALUES } from '../codecs/values.mjs';

test('values are as large as they are said to be', () => {
  const sizes = VALUES.map(({ data }) => JSON.stringify(data).length);
  expect(sizes.map((size) => Number(size.toPrecision(1)))).toEqual([100, 1_000, 100_000]);
});

describe.each([...FORMATS])('$name', ({ name, ours, bare }) => {
  test.each([...VALUES])('ours and bare make the same of $title, and read it', (value) => {
    const [mine, theirs] = [ours(value), bare(value)].map((coder) => Buffer.from(coder.encode(value.data)));
    // What is compressed has a byte before it that says how.
    const head = name.startsWith('compressed') ? 1 : 0;
    expect(mine!.subarray(head).equals(theirs!)).toBe(true);
    expect(ours(value).decode(mine!)).toEqual(value.data);
    expect(JSON.parse(JSON.stringify(bare(value).decode(theirs!)))).toEqual(value.data);
  });
});
