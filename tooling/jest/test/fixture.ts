import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const jest = join(dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');

/** A project in a folder of its own, on which a jest of its own runs. */
export interface Fixture {
  readonly directory: string;
  runJest(files: Record<string, string>, args: string[], env?: NodeJS.ProcessEnv): Promise<JestRun>;
  remove(): Promise<void>;
}

interface JestRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly output: string;
}

export async function createFixture(): Promise<Fixture> {
  const directory = await mkdtemp(join(tmpdir(), 'liberzmq-jest-'));
  return {
    directory,
    remove: () => rm(directory, { recursive: true }),
    runJest: async (files, args, env = {}) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(directory, name)), { recursive: true });
        await writeFile(join(directory, name), text);
      }
      return run(directory, args, env);
    },
  };
}

function run(cwd: string, args: string[], env: NodeJS.ProcessEnv): Promise<JestRun> {
  return new Promise((resolve) => {
    const node = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules', jest, ...args];
    const child = execFile(process.execPath, node, { cwd, env: { ...process.env, ...env } }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, output: stdout + stderr }),
    );
  });
}
