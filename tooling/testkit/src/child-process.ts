import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { JsonLines } from './json-lines.js';

/** What a child process is started with. */
export interface StartOptions {
  args?: readonly string[];
  /** Added to the environment of this process. */
  env?: Readonly<Record<string, string>>;
  /** @defaultValue the root of the repository, so that packages are found by name */
  cwd?: string;
  /** How long it may live, in ms, so that one that is forgotten does not hold up the run for ever. @defaultValue 60000 */
  lifetimeMs?: number;
}

/** For {@link startNode}. */
export interface StartNodeOptions extends StartOptions {
  /** What stands before the script, as `--expose-gc` does. */
  nodeArgs?: readonly string[];
}

/** How a process came to its end. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const LIFETIME_MS = 60_000;
const GRACE_MS = 2_000;
const LONGEST_STDERR = 20_000;

/** Another process that a test talks to: it reads JSON objects from its input and writes them to its output, one a line. */
export class ChildPeer implements AsyncDisposable {
  /** What it has written to its output. */
  readonly lines: JsonLines;
  /** Resolves when it has ended and all of its output is here. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #name: string;
  #stderr = '';
  #running = true;

  /** @param name what errors call it. */
  constructor(name: string, command: string, args: readonly string[], options: StartOptions = {}) {
    const { env, cwd = ROOT, lifetimeMs = LIFETIME_MS } = options;
    this.#name = name;
    this.lines = new JsonLines(() => this.#describe());
    this.#child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
    const { stdin, stdout, stderr } = this.#child;
    stdout.setEncoding('utf8').on('data', (text: string) => {
      this.lines.push(text);
    });
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-LONGEST_STDERR);
    });
    // A process may end before it has read all that was sent to it.
    stdin.on('error', () => undefined);
    const lifetime = setTimeout(() => this.#child.kill('SIGKILL'), lifetimeMs).unref();
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#stderr += error.message;
      });
      this.#child.once('close', (code, signal) => {
        clearTimeout(lifetime);
        this.#running = false;
        this.lines.end();
        resolve({ code, signal, stderr: this.#stderr });
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The exit code; `null` if a signal ended it. */
  get exitCode(): Promise<number | null> {
    return this.ended.then(({ code }) => code);
  }

  /** What it has written to its error output, the last of it. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Writes a value to its input, as a line of JSON. */
  send(value: unknown): void {
    this.#child.stdin.write(`${JSON.stringify(value)}\n`);
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#child.kill(signal);
  }

  /** Ends it if it still runs: at once, by force if it does not obey. Resolves when it is gone. */
  async stop(): Promise<ProcessEnd> {
    if (!this.#running) return this.ended;
    this.#child.stdin.end();
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MS);
    try {
      return await this.ended;
    } finally {
      clearTimeout(force);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #describe(): string {
    const { exitCode, signalCode } = this.#child;
    const state = this.#running ? 'which runs' : `which ended with ${signalCode ?? `code ${exitCode ?? 'unknown'}`}`;
    return `${this.#name}, ${state}${this.#stderr === '' ? '' : `, and said:\n${this.#stderr}`}`;
  }
}

/**
 * Starts another Node on a script, or on the code of an ES module that is given as text; either finds its arguments from `process.argv[2]` on.
 * Packages are found by name, as they were last built.
 * @example
 * ```ts
 * await using child = startNode({ code: `console.log(JSON.stringify({ pid: process.pid }))` });
 * const { pid } = await child.lines.nextLine();
 * expect(await child.exitCode).toBe(0);
 * ```
 */
export function startNode(script: string | URL | { readonly code: string }, options: StartNodeOptions = {}): ChildPeer {
  const { nodeArgs = [], args = [], ...rest } = options;
  if (typeof script === 'object' && 'code' in script) {
    const command = [...nodeArgs, '--input-type=module', '--eval', script.code, '--', '[eval]', ...args];
    return new ChildPeer('node --eval', process.execPath, command, rest);
  }
  const path = pathOf(script);
  return new ChildPeer(`node ${path}`, process.execPath, [...nodeArgs, path, ...args], rest);
}

/** The path of a script that is named by a path or a `file:` URL. */
export function pathOf(script: string | URL): string {
  return script instanceof URL || script.startsWith('file:') ? fileURLToPath(script) : script;
}
