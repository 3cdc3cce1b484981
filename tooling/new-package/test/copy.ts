import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** What a new package has nothing to do with, what is linked, and what another process may be about to remove. */
const LEFT_OUT =
  /(?:^|\/)(?:\.cache|\.git|\.nx|coverage|dist|node_modules|tsup\.config\.bundled_[^/]*)$|^docs$|^packages\/(?!all\/)[^/]+\/test$|^tooling\/(?:bench|demo|release)$/;
const OURS = { '@liberzmq': 'packages', '@liberzmq-tooling': 'tooling' };

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A copy of the repository without history, in which a package may be made. What is installed and built is that of the original. */
export class Copy {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async make(): Promise<Copy> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'liberzmq-new-package-')));
    const isWanted = (path: string): boolean => !LEFT_OUT.test(relative(ROOT, path).replaceAll('\\', '/'));
    await cp(ROOT, root, { recursive: true, filter: isWanted });
    const copy = new Copy(root);
    await copy.#linkInstalled();
    for (const name of await readdir(join(ROOT, 'packages'))) {
      await copy.#link(join('packages', name, 'dist'), join(ROOT, 'packages', name, 'dist'));
    }
    return copy;
  }

  /** Runs Node in the copy. */
  node(args: readonly string[], { cwd = '.', env = {} } = {}): Promise<Ended> {
    // The counts of what runs here are not those of the tests that run it.
    const settings = { cwd: join(this.root, cwd), env: { ...process.env, LIBERZMQ_TEST_SUMMARY: '', ...env } };
    return new Promise((resolve) => {
      const child = execFile(process.execPath, args, settings, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, stdout, stderr }),
      );
    });
  }

  newPackage(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
    return this.node(['tooling/new-package/run.mjs', ...args], { env });
  }

  read(path: string): Promise<string> {
    return readFile(join(this.root, path), 'utf8');
  }

  /** What npm does for a new workspace. */
  linkPackage(name: string): Promise<void> {
    return this.#link(join('node_modules', '@liberzmq', name), join(this.root, 'packages', name));
  }

  /** All files that are not installed or built, with what is in them. */
  async contents(): Promise<ReadonlyMap<string, string>> {
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    return new Map(
      await Promise.all(files.map(async (file) => [relative(this.root, file), await readFile(file, 'utf8')] as const)),
    );
  }

  remove(): Promise<void> {
    return rm(this.root, { recursive: true });
  }

  async #linkInstalled(): Promise<void> {
    for (const name of await readdir(join(ROOT, 'node_modules'))) {
      if (!(name in OURS)) await this.#link(join('node_modules', name), join(ROOT, 'node_modules', name));
    }
    for (const [scope, folder] of Object.entries(OURS)) {
      for (const name of await readdir(join(this.root, folder))) {
        await this.#link(join('node_modules', scope, name), join(this.root, folder, name));
      }
    }
  }

  async #link(path: string, target: string): Promise<void> {
    await mkdir(join(this.root, path, '..'), { recursive: true });
    // On Windows a junction needs no rights; elsewhere the kind is not looked at.
    await symlink(target, join(this.root, path), 'junction');
  }
}
