import { readFile } from 'node:fs/promises';
import { freePort, startNode, type ChildPeer } from '@liberzmq-tooling/testkit';

/**
 * What it has run is in its file before anything else can happen to it: the kernel keeps what was written, whatever becomes of the process. The pauses
 * let it be killed between the work and the answer: at any moment some of each kind are there.
 */
const CODE = `
  import { openSync, writeSync } from 'node:fs';
  import { setTimeout as pause } from 'node:timers/promises';
  import { Server } from '@liberzmq/core';
  const runs = openSync(process.env.RUNS, 'a');
  const server = new Server({ address: process.env.ADDRESS });
  server.registerHandler('read', async ({ n }) => {
    await pause(2);
    return n;
  });
  server.registerHandler('write', async ({ id }) => {
    writeSync(runs, id + '\\n');
    await pause(50);
    return id;
  });
  await server.startServer();
  console.log(JSON.stringify({ address: server.boundAddress }));
  process.stdin.once('data', async () => {
    process.stdin.destroy();
    await server.close();
  });`;

/** One place where a server runs: one process after the other, all on the same port. */
export class ChaosServer implements AsyncDisposable {
  readonly #runs: string;
  readonly #lifetimeMs: number;
  #child: ChildPeer | undefined;
  #address: string | undefined;

  /** @param runs the file with the ids that it has run. */
  constructor(runs: string, lifetimeMs: number) {
    this.#runs = runs;
    this.#lifetimeMs = lifetimeMs;
  }

  /** Known from its first start on. */
  get address(): string {
    return this.#address as string;
  }

  async start(): Promise<void> {
    this.#address ??= `tcp://127.0.0.1:${String(await freePort())}`;
    const env = { ADDRESS: this.#address, RUNS: this.#runs };
    this.#child = startNode({ code: CODE }, { env, lifetimeMs: this.#lifetimeMs });
    await this.#child.lines.nextLine();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#child?.ended;
  }

  /** Has it close in good order. @returns its exit code */
  async close(): Promise<number | null | undefined> {
    this.#child?.send({});
    return this.#child?.exitCode;
  }

  /** The ids that its processes have run, one after the other, each as often as it was run. */
  async runs(): Promise<readonly string[]> {
    const text = await readFile(this.#runs, 'utf8');
    return text.split('\n').filter((id) => id !== '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.stop();
  }
}
