import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { build, formatMessages } from 'esbuild';
import { MONOREPO, compile } from './installed/compile.mjs';
import { makeProject } from './installed/project.mjs';
import { complaintOf } from './installed/run.mjs';
import { withPacked } from './pack.mjs';

/**
 * A bundle cannot hold a native module, and does not see what is loaded only when it is wanted. And what esbuild makes an ES module of cannot hold CommonJS that
 * requires a module of Node's.
 */
const OUTSIDE = ['zeromq', 'pino', 'prom-client'];
/** @type {{ format: import('esbuild').Format, outfile: string }[]} */
const BUNDLES = [
  { format: 'esm', outfile: 'bundle.mjs' },
  { format: 'cjs', outfile: 'bundle.cjs' },
];

// A program of a user and all of ours in one file, what is outside beside it. That works only if packages declare what they import, and if the bundler keeps what
// an import is for (the formats that `@liberzmq/serializers` registers) although it drops what it may (`sideEffects`).
await withPacked(async (packed, folder) => {
  const sizes = [];
  for (const each of packed) {
    const project = join(realpathSync(folder), 'projects', each.name);
    await makeProject(each, packed, project, { isMonorepo: true, beside: OUTSIDE });
    const complaints = [compile(project, MONOREPO, { everything: false })].filter(Boolean);
    for (const { format, outfile } of BUNDLES) {
      const { kb, messages } = await bundle(project, format, outfile);
      const failure = messages.length > 0 ? undefined : await complaintOf(outfile, project);
      complaints.push(...[...messages, failure ?? ''].filter(Boolean).map((complaint) => `${outfile}: ${complaint}`));
      if (format === 'esm') sizes.push(`${each.name} ${kb} kB`);
    }
    for (const complaint of complaints) process.stdout.write(`${each.name} in a bundle: ${complaint}\n`);
    if (complaints.length > 0) process.exitCode = 1;
  }
  process.stdout.write(
    `run from one file, as ES module and as CommonJS, without ${OUTSIDE.join(' and ')}: ${sizes.join(', ')}\n`,
  );
});

/**
 * @param {string} project
 * @param {import('esbuild').Format} format
 * @param {string} outfile
 * @returns {Promise<{ kb?: string, messages: string[] }>} the size, and what esbuild does not like
 */
async function bundle(project, format, outfile) {
  try {
    const { metafile, warnings } = await build({
      absWorkingDir: project,
      entryPoints: ['start.ts'],
      outfile,
      bundle: true,
      minify: true,
      platform: 'node',
      format,
      external: OUTSIDE,
      // That there is no `import.meta.url` in CommonJS, our packages know; of those below a `node_modules` nobody is warned.
      logOverride: { 'empty-import-meta': 'silent' },
      metafile: true,
      logLevel: 'silent',
    });
    const bytes = metafile.outputs[outfile]?.bytes ?? NaN;
    return { kb: (bytes / 1000).toFixed(0), messages: await formatMessages(warnings, { kind: 'warning' }) };
  } catch (error) {
    return { messages: [/** @type {Error} */ (error).message] };
  }
}
