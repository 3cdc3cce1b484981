import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { root } from '../setup/repository.mjs';
import { withPacked } from './pack.mjs';

// Looks at each package as npm would deliver it: what its users install, not what stands in the folder.
const run = promisify(execFile);

await withPacked(async (packed) => {
  for (const { name, tarball, bytes, files } of packed) {
    process.stdout.write(`${name} ${(bytes / 1024).toFixed(1)} kB packed, ${files} files\n`);
    const complaints = [
      ...(await missingLicence(tarball)),
      ...(await askPublint(tarball)),
      ...(await askTypes(tarball)),
    ];
    for (const complaint of complaints) process.stdout.write(`${name}: ${complaint}\n`);
    if (complaints.length > 0) process.exitCode = 1;
  }
});

/** @param {string} tarball */
async function missingLicence(tarball) {
  const licence = await run('tar', ['-xzOf', tarball, 'package/LICENSE']).catch(() => ({ stdout: '' }));
  const isOurs = licence.stdout === readFileSync(join(root, 'LICENSE'), 'utf8');
  return isOurs ? [] : ['it has no LICENSE, or another one than the repository'];
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
