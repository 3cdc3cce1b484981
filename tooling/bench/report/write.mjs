import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { latencyChart } from './latency-chart.mjs';
import { page } from './markdown.mjs';
import { ratioChart } from './ratio-chart.mjs';
import { writeTable } from './readme-table.mjs';
import { all } from './results.mjs';
import { codecsInShort } from './tables.mjs';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..', '..');
const SERIALIZERS = join(ROOT, 'packages', 'serializers');
const PRETTIER = join(ROOT, 'node_modules', 'prettier', 'bin', 'prettier.cjs');

/**
 * Writes the results, the page and its charts.
 *
 * @param {import('./results.mjs').Results} results
 * @param {string} folder
 * @returns {Promise<string[]>} the names of the files
 */
export async function writeReport(results, folder) {
  const comparisons = all(results, 'comparisons');
  const latencies = all(results, 'latencies');
  const charts = [
    ...(comparisons.length > 0
      ? [{ file: 'ratios.svg', title: 'Messages a second, ours to raw', text: ratioChart(comparisons) }]
      : []),
    ...(latencies.length > 0
      ? [{ file: 'latency.svg', title: 'Time of a single request', text: latencyChart(latencies) }]
      : []),
  ];
  const files = [
    { file: 'results.json', text: JSON.stringify(results, undefined, 2) },
    { file: 'README.md', text: page(results, charts) },
    ...charts,
  ];
  await mkdir(folder, { recursive: true });
  for (const { file, text } of files) await writeFile(join(folder, file), text);
  await format(folder, ['results.json', 'README.md']);
  return files.map(({ file }) => file);
}

/**
 * Writes the table of the formats into the README of the serializers.
 *
 * @param {import('./results.mjs').Results} results
 */
export async function writeCodecs(results) {
  const file = 'README.md';
  await writeTable(join(SERIALIZERS, file), codecsInShort(results));
  await format(SERIALIZERS, [file]);
}

/**
 * As the check of the format wants them.
 *
 * @param {string} folder
 * @param {readonly string[]} files
 */
async function format(folder, files) {
  if (!existsSync(PRETTIER)) return;
  const config = ['--config', join(ROOT, '.prettierrc.json'), '--log-level', 'warn'];
  await run(process.execPath, [PRETTIER, '--write', ...config, ...files], { cwd: resolve(folder) });
}
