import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { count } from './format.mjs';

/** The levels of pino that somebody should look at, and those below. */
const WARN = 40;

/** Where all processes log to. */
export function newLogFile() {
  return join(mkdtempSync(join(tmpdir(), 'liberzmq-demo-')), 'log.ndjson');
}

/**
 * How much has been logged, in a sentence.
 *
 * @param {string} file
 */
export function logSentence(file) {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const warnings = lines.filter((line) => JSON.parse(line).level >= WARN).length;
  return `${count(lines.length)} lines were logged through pino, ${count(warnings)} of them warnings or worse: ${file}`;
}
