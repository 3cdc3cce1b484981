import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { publicPackages, root } from '../setup/repository.mjs';

// Looks at each package as npm would deliver it: what its users install, not what stands in the folder.
const run = promisify(execFile);
const target = mkdtempSync(join(tmpdir(), 'liberzmq-packed-'));
try {
  for (const { name, directory } of publicPackages()) {
    const tarball = await pack(directory);
    const complaints = [...(await askPublint(tarball)), ...(await askTypes(tarball))];
    for (const complaint of complaints) process.stdout.write(`${name}: ${complaint}\n`);
    if (complaints.length > 0) process.exitCode = 1;
  }
} finally {
  rmSync(target, { recursive: true, force: true });
}

/** @param {string} directory */
async function pack(directory) {
  const { stdout } = await run('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', target], {
    cwd: directory,
    shell: process.platform === 'win32',
  });
  const [{ name, filename, size, entryCount }] = JSON.parse(stdout);
  process.stdout.write(`${name} ${(size / 1024).toFixed(1)} kB packed, ${entryCount} files\n`);
  return join(target, filename);
}

/** @param {string} tarball */
async function askPublint(tarball) {
  const bytes = readFileSync(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
    strict: true,
  });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`);
}

/** @param {string} tarball */
async function askTypes(tarball) {
  const cli = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  try {
    await run(process.execPath, [
      cli,
      tarball,
      '--profile',
      'esm-only',
      '--no-color',
      '--no-emoji',
      '--format',
      'ascii',
    ]);
    return [];
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout: string, stderr: string }} */ (error);
    return [`the types are wrong:\n${stdout}${stderr}`];
  }
}
