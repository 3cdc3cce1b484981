import { describe } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ETCD_PACKAGE, findEtcd } from '@liberzmq-tooling/setup/find-etcd';
import { freePort } from './free-port.js';
import type { JsonObject } from './json-lines.js';

const START_MS = 15_000;
const GRACE_MS = 3_000;
const LONGEST_OUTPUT = 20_000;
const HOW_TO_GET_IT = `no etcd was found. On Debian: apt-get install ${ETCD_PACKAGE}`;

/** So short that leases of a second are allowed: etcd's minimum is one and a half of the election time-out. */
const TIMING = ['--heartbeat-interval=20', '--election-timeout=200'];

/** For {@link TestEtcd.start}. */
export interface TestEtcdOptions {
  /** Whether its clients speak TLS, with a certificate that it makes for itself. */
  tls?: boolean;
  /** Added to its arguments. */
  args?: readonly string[];
}

/** A `describe` for tests that need etcd. Where there is none they are skipped, and say so; where `CI` is set they fail. */
export function describeWithEtcd(name: string, tests: () => void): void {
  if (findEtcd() !== undefined || process.env['CI']) {
    describe(name, tests);
    return;
  }
  process.stderr.write(`!! '${name}' is SKIPPED: ${HOW_TO_GET_IT}\n`);
  describe.skip(name, tests);
}

/** An etcd of one member that the test which starts it ends: `await using etcd = await TestEtcd.start()`. */
export class TestEtcd implements AsyncDisposable {
  /** As a client's `endpoints` want it. */
  readonly endpoint: string;
  readonly #args: readonly string[];
  readonly #command: string;
  readonly #folder: string;
  readonly #port: number;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #output = '';

  private constructor(command: string, folder: string, ports: readonly [number, number], options: TestEtcdOptions) {
    const scheme = options.tls === true ? 'https' : 'http';
    const [clients, peers] = ports.map(String);
    const peerUrl = `http://127.0.0.1:${peers!}`;
    this.endpoint = `${scheme}://127.0.0.1:${clients!}`;
    this.#port = ports[0];
    this.#command = command;
    this.#folder = folder;
    this.#args = [
      `--data-dir=${folder}`,
      `--listen-client-urls=${this.endpoint}`,
      `--advertise-client-urls=${this.endpoint}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      ...TIMING,
      ...(options.tls === true ? ['--auto-tls'] : []),
      ...(options.args ?? []),
    ];
  }

  /** Resolves when it serves. @throws Error with what etcd said, if it ends or stays silent */
  static async start(options: TestEtcdOptions = {}): Promise<TestEtcd> {
    const command = findEtcd();
    if (command === undefined) throw new Error(HOW_TO_GET_IT);
    const folder = mkdtempSync(join(tmpdir(), 'liberzmq-etcd-'));
    const etcd = new TestEtcd(command, folder, [await freePort(), await freePort()], options);
    try {
      await etcd.startAgain();
    } catch (error) {
      await etcd[Symbol.asyncDispose]();
      throw error;
    }
    return etcd;
  }

  /** Whom a client has to trust, as PEM, where it speaks TLS. */
  get ca(): string {
    return readFileSync(join(this.#folder, 'fixtures', 'client', 'cert.pem'), 'utf8');
  }

  /** After it has ended: with the data that it had, on the port that it had. */
  async startAgain(): Promise<void> {
    // Settings of another etcd on this machine are not for this one; and it does not run everywhere unasked.
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith('ETCD_'));
    const env = { ...Object.fromEntries(others), ETCD_UNSUPPORTED_ARCH: process.arch };
    const child = spawn(this.#command, this.#args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#output = '';
    this.#ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve));
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => {
        clearTimeout(patience);
        reject(new Error(`etcd ${why}, and said:\n${this.#output}`));
      };
      const patience = setTimeout(() => fail('did not serve in time'), START_MS);
      const read = (text: string) => {
        this.#output = (this.#output + text).slice(-LONGEST_OUTPUT);
        if (!/ready to serve client requests/.test(this.#output)) return;
        clearTimeout(patience);
        resolve();
      };
      child.stdout.setEncoding('utf8').on('data', read);
      child.stderr.setEncoding('utf8').on('data', read);
      child.once('error', (error) => fail(error.message));
      child.once('close', () => fail('ended'));
    });
  }

  /** It stands still, and its connections stay. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Without a chance to say goodbye. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  /** After it has ended: the data that it had are gone, so that it starts again as a new one on the port that it had. */
  wipe(): void {
    for (const name of readdirSync(this.#folder)) rmSync(join(this.#folder, name), { recursive: true, force: true });
  }

  /** In good order, or by force if that takes long. */
  async stop(): Promise<void> {
    this.resume();
    this.#child?.kill('SIGTERM');
    const force = setTimeout(() => this.#child?.kill('SIGKILL'), GRACE_MS);
    await this.#ended;
    clearTimeout(force);
  }

  /** Asks its gateway from JSON to gRPC, which knows nothing of the client that is tested: `ask('/v3/kv/range', { key: base64 })`. Not with TLS. */
  ask(path: string, body: JsonObject, token?: string): Promise<JsonObject> {
    return new Promise((resolve, reject) => {
      const headers = token === undefined ? {} : { authorization: token };
      const options = { port: this.#port, path, method: 'POST', agent: false, headers };
      const call = request(options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(text) as JsonObject);
          else reject(new Error(`${path}: ${text}`));
        });
      });
      call.once('error', reject);
      call.end(JSON.stringify(body));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
