import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const run = join(import.meta.dirname, '..', 'run.mjs');
const STARTED_ON_A_BUSY_MACHINE_MS = 100_000;

let demo: { code: number | null; stdout: string; stderr: string };
let child: ReturnType<typeof execFile> | undefined;
beforeAll(async () => {
  demo = await new Promise((resolve) => {
    child = execFile(process.execPath, [run, '--fast'], (_error, stdout, stderr) =>
      resolve({ code: child!.exitCode, stdout, stderr }),
    );
  });
}, STARTED_ON_A_BUSY_MACHINE_MS);
afterAll(async () => {
  child?.kill();
  if (logFile() !== '') await rm(dirname(logFile()), { recursive: true });
});

test('ends well', () => {
  expect(demo).toMatchObject({ code: 0 });
});

test('writes a plain log where there is no terminal', () => {
  expect(demo.stdout).not.toContain('\u001b');
  expect(demo.stdout).toMatch(/^ +\d+\.\d s {2}published \d.* \| queries: \d.* \| jobs \d+ of 97$/m);
});

test.each([
  ['stocks', 560],
  ['weather', 2_000],
  ['flights', 2_000],
  ['server 1 (killed)', 4_560],
  ['server 2', 4_560],
  ['server 3', 4_560],
  ['jobs', 97],
])('%s: all %d were sent and arrived', (name, sent) => {
  expect(row(name)).toMatchObject({ sent, received: sent, lost: 0 });
});

test('queries: all that were asked were answered, by one server or another', () => {
  const queries = row('queries');
  expect(queries.sent).toBeGreaterThan(100);
  expect(queries).toMatchObject({ received: queries.sent, lost: 0 });
  expect(demo.stdout).toContain(` 0 of ${queries.sent?.toLocaleString('en-US')} queries failed.`);
});

test('a server was killed with queries under way, and came back with what it had missed', () => {
  expect(demo.stdout).toMatch(/server 1 is killed \(SIGKILL\)/);
  expect(demo.stdout).toMatch(/server 1 is back after \d+\.\d s, with \d,\d{3} records copied from server 2/);
  expect(demo.stdout).toMatch(/^Tried again on another server: .*[1-9]\d* after CONNECTION_LOST/m);
});

test('the balancer of the queries spread them over all servers, and knew soon that one was gone', () => {
  expect(demo.stdout).toMatch(/the balancer of the queries knew it after [\d.]+ ms/);
  const [, ...requests] = /^ {2}queries +(\S+) +(\S+) +(\S+)/m.exec(demo.stdout) ?? [];
  expect(requests.map(number).filter((count) => count > 0)).toHaveLength(3);
});

test.each(['queries', 'worker 1', 'worker 2', 'worker 3'])('the balancer of %s tells what it saw', (name) => {
  expect(demo.stdout).toMatch(
    new RegExp(`^  ${name}( +[\\d,]+){4} +\\d\\S* ms +(\\d+\\.\\d s|-) +(\\d+\\.\\d s|-)$`, 'm'),
  );
});

test('a server tells Prometheus what it has handled', () => {
  expect(demo.stdout).toMatch(/metrics of server 2, for Prometheus: http:\/\/127\.0\.0\.1:\d+\/metrics/);
  const handled = /liberzmq_operations_total\{kind="handle",pattern="request",subject="summary",code="ok"\} (\d+)/;
  expect(Number(handled.exec(demo.stdout)?.[1])).toBeGreaterThan(10);
});

test('shows one whole trace, through three processes', () => {
  const [, trace = ''] = /One trace, .*:\n((?: {2}.*\n)+)/.exec(demo.stdout) ?? [];
  // A request that was cut off, and went to another server, is there as well, with its error in the end.
  const lines = trace.split('\n').filter((line) => line !== '' && !/ [A-Z][A-Z_]+$/.test(line));
  const all = lines.map((line) => line.trim().split(/ {2,}/).slice(0, 2));
  const spans = all.filter(([name], n) => name !== 'summary (client)' || all[n + 1]?.[0] !== name);
  expect(spans).toEqual([
    ['send confidence (producer)', 'jobs'],
    ['process confidence (consumer)', expect.stringMatching(/^worker \d$/)],
    ['summary (client)', spans[1]?.[1]],
    ['summary (server)', expect.stringMatching(/^server \d$/)],
    ['send result (producer)', spans[1]?.[1]],
    ['process result (consumer)', 'jobs'],
  ]);
});

test('all processes log through pino, into one file', async () => {
  const lines = (await readFile(logFile(), 'utf8')).trimEnd().split('\n');
  const logged = lines.map((line) => JSON.parse(line) as { process: string; name: string; msg: string });
  expect(new Set(logged.map(({ process }) => process)).size).toBe(12);
  expect(logged).toContainEqual(
    expect.objectContaining({
      process: 'queries',
      name: 'liberzmq:balancer',
      member: 'server 1',
      state: 'disconnected',
    }),
  );
  expect(demo.stdout).toMatch(new RegExp(`^${lines.length} lines were logged through pino`, 'm'));
});

test('counts the processes and the losses in the last line', () => {
  expect(demo.stdout.trimEnd().split('\n').at(-1)).toMatch(/^13 processes in \d+\.\d s; lost: 0, twice: 0$/);
});

function logFile(): string {
  return /logged through pino.*: (.*log\.ndjson)$/m.exec(demo.stdout)?.[1] ?? '';
}

/** A row of the table at the end. */
function row(name: string) {
  const line = demo.stdout.split('\n').find((each) => each.startsWith(name));
  const [sent, received, lost] = (line ?? '').slice(name.length).trim().split(/ +/).map(number);
  return { sent, received, lost };
}

function number(cell: string): number {
  return Number(cell.replaceAll(',', ''));
}
