import { describe } from '@jest/globals';
import { findPython } from '@liberzmq-tooling/setup/find-python';
import { ChildPeer, pathOf } from './child-process.js';
import type { JsonObject } from './json-lines.js';

const START_MS = 15_000;
const HOW_TO_GET_IT = 'no python3 with pyzmq was found. On Debian: apt-get install python3-zmq';

let found: string | undefined;

function python(): string | undefined {
  found ??= findPython();
  return found;
}

/**
 * A `describe` for tests that talk to Python. Without a Python that has pyzmq they are skipped, and say so; where `CI` is set they fail.
 */
export function describeWithPython(name: string, tests: () => void): void {
  if (python() !== undefined || process.env['CI']) {
    describe(name, tests);
    return;
  }
  process.stderr.write(`!! '${name}' is SKIPPED: ${HOW_TO_GET_IT}\n`);
  describe.skip(name, tests);
}

/** A Python process that has said that it is ready. */
export class PythonPeer extends ChildPeer {
  #ready: JsonObject | undefined;

  /** Resolves when the script has written its first line. Stops it if that does not come. */
  static async start(
    script: string | URL,
    args: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<PythonPeer> {
    const command = python();
    if (command === undefined) throw new Error(HOW_TO_GET_IT);
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

/**
 * Starts a Python script that says by its first line when it is ready.
 * @param environment added to the environment of this process.
 * @throws Error with what Python said, if it ends or stays silent
 */
export function startPython(
  script: string | URL,
  args?: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<PythonPeer> {
  return PythonPeer.start(script, args, environment);
}
