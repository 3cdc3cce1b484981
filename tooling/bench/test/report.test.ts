import { expect, test } from '@jest/globals';
import { aligned } from '../report/console.mjs';
import { latencyChart } from '../report/latency-chart.mjs';
import { markdownTable, page } from '../report/markdown.mjs';
import { withTable } from '../report/readme-table.mjs';
import { ratioChart } from '../report/ratio-chart.mjs';
import { type Results } from '../report/results.mjs';
import { codecsInShort, tables } from '../report/tables.mjs';
import { compare } from '../scenarios/scenario.mjs';

const results: Results = {
  machine: { cores: 2, platform: 'linux x64', node: '20.0.0', zeromq: '6.0.0', libzmq: '4.3.5', date: '2030-01-01' },
  settings: { rounds: 3, measureMs: 1_000, warmUpMs: 500, stoppedMs: 30_000, imports: 3, leases: 1_000, without: [] },
  scenarios: {
    push: {
      comparisons: [
        compare(
          'push/pull, <small>',
          'per second',
          { contender: 'ours', values: [400_000, 500_000, 450_000] },
          { contender: 'raw', values: [100_000, 100_000, 90_000] },
          { atLeast: 4, aim: 6 },
        ),
      ],
    },
    request: {
      latencies: [{ title: '1 in flight', inFlight: 1, contender: 'ours', p50: [100, 110, 90], p99: [300, 200, 250] }],
    },
    codecs: {
      codecs: [
        {
          format: 'cbor',
          library: 'cbor-x',
          value: '1 KB',
          bytes: 1_234,
          encode: sliceTimes([10, 11, 12], 1.04),
          // The library was not compiled in the last one.
          decode: [...sliceTimes([20, 21, 22], 1.06), { ours: 170, bare: 169, ratio: 1.01 }],
        },
      ],
    },
    pool: {
      comparisons: [
        compare(
          'pool of 10, one caller',
          'leases per second',
          { contender: 'ours', values: [5_000_000] },
          { contender: 'tarn', values: [500_000] },
          { atLeast: 2, aim: 2 },
        ),
      ],
      figures: [
        { title: 'heap', unit: 'MiB', values: [5] },
        { title: 'grown by', unit: 'MiB', values: [-0.5], atMost: 1 },
        { title: 'grown too far by', unit: 'MiB', values: [1.5], atMost: 1 },
      ],
    },
    memory: {
      memory: [
        memory('a bounded one', 120),
        memory('one that grows', 1_000),
        { ...memory('raw', 60), limitMib: 0, goesOn: false },
      ],
    },
  },
};

function sliceTimes(times: number[], ratio: number) {
  return times.map((ours) => ({ ours, bare: ours / ratio, ratio }));
}

function memory(title: string, peakMib: number) {
  return { title, beforeMib: 50, peakMib, limitMib: 64, goesOn: true, sent: 5_000, refused: 0, samples: [] };
}

test('ratios stand beside their target', () => {
  const [ratios] = tables(results);
  expect(ratios!.rows).toEqual([
    [
      ...['push/pull, <small>', 'raw', 'per second', '450,000', '100,000'],
      ...['4.50×', '4.00× to 5.00×', '≥ 4×', '6×', 'met'],
    ],
    [
      ...['pool of 10, one caller', 'tarn', 'leases per second', '5,000,000', '500,000'],
      ...['10.00×', '10.00× to 10.00×', '≥ 2×', '2×', 'aim reached'],
    ],
  ]);
});

test('each direction of a format is held against the bare library', () => {
  const table = tables(results).find(({ title }) => title.startsWith('Encoding'));
  expect(table!.rows).toEqual([
    [
      'cbor, encode, 1 KB',
      'cbor-x',
      '1,234',
      '11',
      '10.6',
      '1.04×',
      '1.04× to 1.04×',
      '3 of 3',
      '≤ 1.05×',
      '1×',
      'met',
    ],
    [
      'cbor, decode, 1 KB',
      'cbor-x',
      '1,234',
      '21',
      '19.8',
      '1.06×',
      '1.06× to 1.06×',
      '3 of 4',
      '≤ 1.05×',
      '1×',
      'missed',
    ],
  ]);
});

test('the formats in short take the place of the table that is there', () => {
  const table = codecsInShort(results);
  const text = (cells: string) => `# Title\n\n| format | use |\n| --- | --- |\n\n${cells}\n\nAfter.\n`;
  const old = '| format | value  | more |\n| :----- | ------ | ---- |\n| `cbor` | 1 KB   | 99   |';
  const now = withTable(text(old), table);
  expect(now).toBe(text(markdownTable(table)));
  expect(now).toContain('| `cbor` | 1 KB | 1,234 | 11 | 1.04× | 21 | 1.06× |');
  expect(withTable(now, table)).toBe(now);
  expect(() => withTable('# Title\n', table)).toThrow("there is no table of 'format' and 'value'");
});

test('memory is held against the bound, where there is one', () => {
  const table = tables(results).find(({ title }) => title.startsWith('Memory'));
  expect(table!.rows.map((cells) => cells.slice(3, 7))).toEqual([
    ['70', '≤ 128', 'met', 'yes'],
    ['950', '≤ 128', 'missed', 'yes'],
    ['10', '', '', 'no'],
  ]);
});

test('a figure is held against its bound, if it has one', () => {
  const table = tables(results).find(({ title }) => title === 'Single figures');
  expect(table!.rows.map((cells) => [cells[2], ...cells.slice(4)])).toEqual([
    ['5', '', ''],
    ['-0.5', '≤ 1', 'met'],
    ['1.5', '≤ 1', 'missed'],
  ]);
});

test('a table is aligned for a terminal, and has its columns in Markdown', () => {
  const table = { title: '', header: ['what', 'n'], rows: [['a', '10']], textColumns: 1 };
  expect(aligned(table)).toEqual(['what   n', 'a     10']);
  expect(markdownTable(table)).toBe('| what | n |\n| --- | ---: |\n| a | 10 |');
});

test('the page has the machine, the charts and every table', () => {
  const text = page(results, [{ file: 'ratios.svg', title: 'Ratios' }]);
  expect(text).toContain('2 cores, linux x64, Node 20.0.0');
  expect(text).toContain('![Ratios](ratios.svg)');
  for (const { title } of tables(results)) expect(text).toContain(`## ${title}\n`);
  expect(text).toContain('No message was lost');
});

test('the page says what was lost', () => {
  const text = page({ ...results, scenarios: { push: { losses: ['raw: 5 messages lost'] } } }, []);
  expect(text).toContain('- raw: 5 messages lost');
});

test('the chart of ratios has rates of messages only', () => {
  const text = ratioChart(Object.values(results.scenarios).flatMap(({ comparisons = [] }) => comparisons));
  expect(text).toContain('push/pull');
  expect(text).not.toContain('pool');
});

test.each([
  ['ratios', ratioChart(results.scenarios['push']!.comparisons!)],
  ['latency', latencyChart(results.scenarios['request']!.latencies!)],
])('the chart of %s is well-formed and has both themes', (_name, text) => {
  expect(text).toContain('prefers-color-scheme: dark');
  expect(text).not.toMatch(/NaN|undefined|Infinity/);
  expect(text).not.toContain('<small>');
  const opened = text.match(/<[a-z]+(?=[ >])/g) ?? [];
  const closed = text.match(/<\/[a-z]+>|\/>/g) ?? [];
  expect(closed).toHaveLength(opened.length);
});
