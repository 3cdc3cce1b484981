import { describe } from '@jest/globals';
import { findPython, PYTHON_MODULES, type PythonModule } from '@liberzmq-tooling/setup/find-python';
import { ChildPeer, pathOf } from './child-process.js';
import type { JsonObject } from './json-lines.js';

const START_MS = 15_000;

/** A Python for tests that talk to it. */
export class TestPython {
  readonly #modules: readonly PythonModule[];
  #path: string | undefined;

  /** @param modules what it has to be able to import. */
  constructor(modules: readonly PythonModule[]) {
    this.#modules = modules;
  }

  /** A `describe` for tests that need it. Where there is no such Python they are skipped, and say so; where `CI` is set they fail. */
  describe(name: string, tests: () => void): void {
    if (this.#find() !== undefined || process.env['CI']) {
      describe(name, tests);
      return;
    }
    process.stderr.write(`!! '${name}' is SKIPPED: ${this.#howToGetIt()}\n`);
    describe.skip(name, tests);
  }

  /**
   * Starts a script that says by its first line when it is ready.
   * @param environment added to the environment of this process.
   * @throws Error with what Python said, if it ends or stays silent
   */
  start(
    script: string | URL,
    args: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<PythonPeer> {
    const path = this.#find();
    if (path === undefined) return Promise.reject(new Error(this.#howToGetIt()));
    return PythonPeer.start(path, script, args, environment);
  }

  #find(): string | undefined {
    this.#path ??= findPython(this.#modules);
    return this.#path;
  }

  #howToGetIt(): string {
    const packages = this.#modules.map((name) => PYTHON_MODULES[name]);
    return `no python3 with ${this.#modules.join(' and ')} was found. On Debian: apt-get install ${packages.join(' ')}`;
  }
}

/** A Python process that has said that it is ready. */
export class PythonPeer extends ChildPeer {
  #ready: JsonObject | undefined;

  /** Resolves when the script has written its first line. Stops it if that does not come. */
  static async start(
    command: string,
    script: string | URL,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<PythonPeer> {
    const path = pathOf(script);
    // No folder of compiled files beside the scripts, and UTF-8 in every locale.
    const env = { PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1', ...environment };
    const peer = new PythonPeer(`python ${path}`, command, ['-u', path, ...args], { env });
    try {
      peer.#ready = await peer.lines.nextLine({ timeoutMs: START_MS });
    } catch (error) {
      await peer.stop();
      throw error;
    }
    return peer;
  }

  /** The address that it bound to, which its first line names. */
  get address(): string {
    const address = this.#ready?.['address'];
    if (typeof address !== 'string') throw new Error('its first line names no address');
    return address;
  }
}

const peers = new TestPython(['zmq']);

/** A `describe` for tests that talk to a Python that has pyzmq, see {@link TestPython.describe}. */
export function describeWithPython(name: string, tests: () => void): void {
  peers.describe(name, tests);
}

/** Starts a script in a Python that has pyzmq, see {@link TestPython.start}. */
export function startPython(
  script: string | URL,
  args?: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<PythonPeer> {
  return peers.start(script, args, environment);
}
