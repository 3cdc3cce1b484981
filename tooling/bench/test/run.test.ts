import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Results } from '../report/results.mjs';

const run = join(import.meta.dirname, '..', 'run.mjs');
const ON_A_BUSY_MACHINE_MS = 100_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'liberzmq-bench-'));
});
afterAll(() => rm(folder, { recursive: true }));

test(
  'one scenario runs, is shown and is written',
  async () => {
    const { code, stdout } = await bench('--scenario', 'request', '--quick', '--rounds', '1', '--out', folder);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('256 in flight') });
    const results = JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')) as Results;
    expect(results.scenarios['request']?.latencies).toHaveLength(7);
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toContain('](latency.svg)');
  },
  ON_A_BUSY_MACHINE_MS,
);

test(
  'the formats are measured without sockets, and nothing but the folder is written',
  async () => {
    const { code, stdout } = await bench(
      ...['--scenario', 'codecs', '--quick', '--rounds', '1', '--seconds', '0.02', '--out', folder],
    );
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/msgpack, decode, 1 KB +msgpackr/),
    });
    expect(stdout).not.toContain('serializers');
    const results = JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')) as Results;
    for (const { bytes, encode, decode } of results.scenarios['codecs']!.codecs!) {
      expect(bytes).toBeGreaterThan(50);
      for (const { ratio } of [...encode, ...decode]) expect(ratio).toBeGreaterThan(0);
      expect([encode.length, decode.length]).toEqual([1, 1]);
    }
  },
  ON_A_BUSY_MACHINE_MS,
);

test(
  'pools are measured beside each other, and the heap of ours is looked at',
  async () => {
    const { code, stdout } = await bench(
      ...['--scenario', 'pool', '--quick', '--rounds', '1', '--seconds', '0.02', '--out', folder],
    );
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('heap of a pool after 1,000,000 leases'),
    });
    const results = JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')) as Results;
    const { comparisons = [], figures = [] } = results.scenarios['pool']!;
    expect(comparisons.map(({ theirs }) => theirs.contender)).toEqual(['tarn', 'generic-pool', 'tarn', 'generic-pool']);
    for (const { ratio } of comparisons) expect(ratio.median).toBeGreaterThan(0);
    // Of the two, the faster one has the target.
    expect(comparisons.filter(({ target }) => target)).toHaveLength(2);
    for (const { values } of figures) expect(values).toEqual([expect.any(Number)]);
  },
  ON_A_BUSY_MACHINE_MS,
);

test(
  'a balancer is measured beside a plain client, and beside a client for each server',
  async () => {
    const { code } = await bench(
      ...['--scenario', 'balancer', '--quick', '--rounds', '1', '--seconds', '0.05', '--out', folder],
    );
    expect(code).toBe(0);
    const results = JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')) as Results;
    const { comparisons = [] } = results.scenarios['balancer']!;
    expect(comparisons.map(({ theirs, target }) => [theirs.contender, target !== undefined])).toEqual([
      ['Client', true],
      ['Client', true],
      ['three Clients in turn', false],
    ]);
    for (const { ratio } of comparisons) expect(ratio.median).toBeGreaterThan(0);
  },
  ON_A_BUSY_MACHINE_MS,
);

test('the scenarios are listed', async () => {
  const { code, stdout } = await bench('--list');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^request {2,}request and reply/m);
});

test('a mistake is told', async () => {
  expect(await bench('--scenario', 'none')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^bench: --scenario: there is no 'none'; there are request, /),
  });
});

function bench(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [run, ...args], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}
