import { execFile } from 'node:child_process';
import { join } from 'node:path';
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
afterAll(() => {
  child?.kill();
});

test('ends well', () => {
  expect(demo).toMatchObject({ code: 0 });
});

test('writes a plain log where there is no terminal', () => {
  expect(demo.stdout).not.toContain('\u001b');
  expect(demo.stdout).toMatch(/^ +\d+\.\d s {2}published \d.* \| queries \d.* \| jobs \d+ of 97$/m);
});

test.each([
  ['stocks', 560],
  ['weather', 2_000],
  ['flights', 2_000],
  ['server 1 (killed)', 4_560],
  ['server 2', 4_560],
  ['jobs', 97],
])('%s: all %d were sent and arrived', (name, sent) => {
  expect(row(name)).toMatchObject({ sent, received: sent, lost: 0 });
});

test('queries: all that were asked were answered', () => {
  const queries = row('queries');
  expect(queries.sent).toBeGreaterThan(100);
  expect(queries).toMatchObject({ received: queries.sent, lost: 0 });
});

test('a server was killed with queries under way, and came back with what it had missed', () => {
  expect(demo.stdout).toMatch(/server 1 is killed \(SIGKILL\)/);
  expect(demo.stdout).toMatch(/server 1 is back after \d+\.\d s, with \d,\d{3} records copied from server 2/);
  expect(demo.stdout).toMatch(/Queries asked again: \d+ with CONNECTION_LOST/);
});

test('counts the processes and the losses in the last line', () => {
  expect(demo.stdout.trimEnd().split('\n').at(-1)).toMatch(/^12 processes in \d+\.\d s; lost: 0, twice: 0$/);
});

/** A row of the table at the end. */
function row(name: string) {
  const line = demo.stdout.split('\n').find((each) => each.startsWith(name));
  const [sent, received, lost] = (line ?? '')
    .slice(name.length)
    .trim()
    .split(/ +/)
    .map((cell) => Number(cell.replaceAll(',', '')));
  return { sent, received, lost };
}
