import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { build, formatMessages } from 'esbuild';
import { MONOREPO, compile } from './installed/compile.mjs';
import { makeProject } from './installed/project.mjs';
import { complaintOf } from './installed/run.mjs';
import { withPacked } from './pack.mjs';

/** A bundle cannot hold a native module. */
const OUTSIDE = ['zeromq'];

// A program of a user and all of ours in one file, the native module beside it. That works only if packages declare what they import, and if the bundler keeps what
// an import is for (the formats that `@liberzmq/serializers` registers) although it drops what it may (`sideEffects`).
await withPacked(async (packed, folder) => {
  const sizes = [];
  for (const each of packed) {
    const project = join(realpathSync(folder), 'projects', each.name);
    await makeProject(each, packed, project, { isMonorepo: true, beside: OUTSIDE });
    const { kb, messages } = await bundle(project);
    const failure = messages.length > 0 ? undefined : await complaintOf('bundle.mjs', project);
    const complaints = [compile(project, MONOREPO, { everything: false }), ...messages, failure].filter(Boolean);
    sizes.push(`${each.name} ${kb} kB`);
    for (const complaint of complaints) process.stdout.write(`${each.name} in a bundle: ${complaint}\n`);
    if (complaints.length > 0) process.exitCode = 1;
  }
  process.stdout.write(`run from one file, without zeromq: ${sizes.join(', ')}\n`);
});

/**
 * @param {string} project
 * @returns {Promise<{ kb?: string, messages: string[] }>} the size, and what esbuild does not like
 */
async function bundle(project) {
  try {
    const { metafile, warnings } = await build({
      absWorkingDir: project,
      entryPoints: ['start.ts'],
      outfile: 'bundle.mjs',
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      external: OUTSIDE,
      metafile: true,
      logLevel: 'silent',
    });
    const bytes = metafile.outputs['bundle.mjs']?.bytes ?? NaN;
    return { kb: (bytes / 1000).toFixed(0), messages: await formatMessages(warnings, { kind: 'warning' }) };
  } catch (error) {
    return { messages: [/** @type {Error} */ (error).message] };
  }
}
