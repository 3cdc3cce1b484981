import { readFileSync, writeFileSync } from 'node:fs';
import { types } from 'node:util';
import { expect, test } from '@jest/globals';
import { SerializerFactory } from '@liberzmq/core';
import { readTable, testReadmes } from '@liberzmq-tooling/testkit';
import '../src/index.js';

const readme = new URL('../README.md', import.meta.url);
const FORMATS = ['json', 'raw', 'structured_clone', 'msgpack', 'cbor'];
const HEAD = ['value', ...FORMATS];

const loop: Record<string, unknown> = {};
loop.itself = loop;

class Point {
  readonly x = 1;
}

const VALUES: readonly [string, unknown][] = [
  ['text', 'ä'],
  ['number', 1.5],
  ['`-0`', -0],
  ['`NaN`, `Infinity`', NaN],
  ['boolean', true],
  ['`null`', null],
  ['`undefined`', undefined],
  ['`BigInt` of 64 bits', 2n ** 63n],
  ['larger `BigInt`', 2n ** 64n],
  ['array', [1, [2]]],
  ['plain object', { a: { b: 1 } }],
  ['`Buffer`', Buffer.from('ab')],
  ['`Uint8Array`', Uint8Array.of(1, 2)],
  ['`Float64Array`', Float64Array.of(1, 2)],
  ['`Date`', new Date(1234)],
  ['invalid `Date`', new Date(NaN)],
  ['`Map`', new Map([['a', 1]])],
  ['`Set`', new Set([1])],
  ['`RegExp`', /a/],
  ['`Error`', new Error('a')],
  ['function', (): void => undefined],
  ['symbol', Symbol('a')],
  ['instance of a class', new Point()],
  ['refers to itself', loop],
];

testReadmes([readme]);

test('the table of round trips is what is measured; write it with LIBERZMQ_WRITE_TABLES=1', () => {
  const measured = VALUES.map(([label, value]) => [label, ...FORMATS.map((format) => roundTrip(format, value))]);
  if (process.env.LIBERZMQ_WRITE_TABLES === '1') write(measured);
  const plain = measured.map((row) => row.map((cell) => cell.replaceAll('`', '')));
  expect(readTable(readme, HEAD)).toEqual(plain);
});

function roundTrip(format: string, value: unknown): string {
  const serializer = SerializerFactory.get(format);
  const isBytes = format === 'raw';
  try {
    const back = serializer.deserialize(serializer.serialize(isBytes ? value : { value }));
    if (isBytes) return outcome(value, back);
    return Object.hasOwn(back as object, 'value') ? outcome(value, (back as { value: unknown }).value) : 'left out';
  } catch {
    return 'refused';
  }
}

function outcome(value: unknown, back: unknown): string {
  if (kindOf(value) !== kindOf(back)) return kindOf(back);
  if (typeof value !== 'object') return Object.is(value, back) ? 'yes' : `\`${String(back)}\``;
  if (types.isDate(value) && types.isDate(back)) return Object.is(value.getTime(), back.getTime()) ? 'yes' : 'another';
  try {
    expect(back).toEqual(value);
    return 'yes';
  } catch {
    return 'another';
  }
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return `\`${String(value)}\``;
  if (typeof value === 'string') return 'text';
  return typeof value === 'object' ? `\`${value.constructor.name}\`` : typeof value;
}

/** Into the README, in the form that Prettier gives it. */
function write(rows: readonly (readonly string[])[]): void {
  const all = [HEAD, HEAD.map(() => ''), ...rows];
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const lines = all.map((row, index) =>
    index === 1
      ? `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
      : `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  const text = readFileSync(readme, 'utf8');
  const [before = '', after = ''] = text.split(/^\| value +\|.*\n(?:\|.*\n)*/m);
  writeFileSync(readme, `${before}${lines.join('\n')}\n${after}`);
}
