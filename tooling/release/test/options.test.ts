import { expect, test } from '@jest/globals';
import { readOptions, USAGE } from '../options.mjs';

test('without options nothing is changed', () => {
  expect(readOptions([])).toEqual({
    mode: 'explain',
    nodes: ['20', '22', '24', '26'],
    isChecked: false,
    withProvenance: true,
  });
});

test.each([
  [['--dry-run'], 'rehearse'],
  [['--prepare'], 'prepare'],
  [['--yes'], 'publish'],
  [['--yes', '--help'], 'help'],
])('%j means %s', (args, mode) => {
  expect(readOptions(args).mode).toBe(mode);
});

test('a rehearsal may be on other versions of Node, each of them once', () => {
  expect(readOptions(['--dry-run', '--node', '20.19.0, 24,24']).nodes).toEqual(['20.19.0', '24']);
});

test('a release may be checked already, and without provenance', () => {
  expect(readOptions(['--yes', '--checked', '--without-provenance'])).toMatchObject({
    isChecked: true,
    withProvenance: false,
  });
});

test.each([
  [['--dry-run', '--yes'], 'exclude each other'],
  [['--yes', '--prepare'], 'exclude each other'],
  [['--checked'], '--checked goes with --yes'],
  [['--dry-run', '--without-provenance'], '--without-provenance goes with --yes'],
  [['--yes', '--node', '24'], '--node goes with --dry-run'],
  [['--dry-run', '--node', 'latest'], "--node wants versions such as 24 or 20.19.0, not 'latest'"],
  [['--publish'], '--publish'],
])('%j is refused', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});

test('the help names each option', () => {
  for (const name of ['dry-run', 'prepare', 'yes', 'node', 'checked', 'without-provenance', 'help']) {
    expect(USAGE).toContain(`--${name}`);
  }
});
