import { expect, test } from '@jest/globals';
import { readOptions } from '../options.mjs';

const KNOWN = ['request', 'push'];

test('by default everything runs and is written', () => {
  expect(readOptions([], KNOWN)).toMatchObject({ names: KNOWN, write: true, list: false });
});

test.each([
  [['--quick'], false],
  [['--scenario', 'push'], false],
  [['--scenario', 'push,request'], true],
  [['--without', 'batch'], false],
  [['--no-write'], false],
  [['--quick', '--write'], true],
  [['--quick', '--out', 'elsewhere'], true],
])('%j writes: %p', (args, write) => {
  expect(readOptions(args, KNOWN).write).toBe(write);
});

test('times are given in seconds', () => {
  const { settings } = readOptions(['--rounds', '2', '--seconds', '0.5', '--stopped', '4'], KNOWN);
  expect(settings).toMatchObject({ rounds: 2, measureMs: 500, stoppedMs: 4_000 });
});

test.each([
  [['--scenario', 'pull'], "--scenario: there is no 'pull'; there are request, push"],
  [['--rounds', '0'], "--rounds must be a whole number from 1 on, not '0'"],
  [['--seconds', 'many'], "--seconds must be a number of seconds above 0, not 'many'"],
])('%j is refused', (args, message) => {
  expect(() => readOptions(args, KNOWN)).toThrow(message);
});
