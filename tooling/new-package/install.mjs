import { spawnSync } from 'node:child_process';

/**
 * Tells npm of the new workspace: it links the package and puts it into package-lock.json. Nothing has to be fetched for that, so the registry is
 * not asked.
 *
 * @param {string} root
 * @returns {boolean} whether it worked
 */
export function install(root) {
  process.stdout.write('\nnpm install ...\n');
  const args = ['install', '--offline', '--no-audit', '--no-fund'];
  // The npm that started us, without a shell, on every platform.
  const script = process.env.npm_execpath;
  const { status } = script?.endsWith('npm-cli.js')
    ? spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  return status === 0;
}
