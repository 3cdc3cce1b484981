import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesOf } from './files.mjs';
import { formatAll } from './format.mjs';
import { install } from './install.mjs';
import { listingsOf } from './listings.mjs';
import { checkName } from './names.mjs';
import { readOptions, USAGE } from './options.mjs';
import { writeAll } from './write.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else await run(options);
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`new-package: ${error instanceof Error ? error.message : error}\n`);
}

/** @param {import('./options.mjs').Options} options */
async function run(options) {
  checkName(root, options.name);
  const changes = await formatAll(root, [...filesOf(root, options), ...listingsOf(root, options)]);
  if (!options.dryRun) writeAll(root, changes);
  for (const { path, isNew } of changes) process.stdout.write(`${isNew ? 'new    ' : 'changed'}  ${path}\n`);
  if (options.dryRun) process.stdout.write('\nNothing was written: this was a dry run.\n');
  else tellWhatIsNext(options, options.install && install(root));
}

/**
 * @param {import('./options.mjs').Options} options
 * @param {boolean} isInstalled
 */
function tellWhatIsNext({ name, install: isWanted }, isInstalled) {
  const steps = [
    `npm test -- packages/${name} packages/all, and npm run check: both pass as it is`,
    `packages/${name}/src: put your code in the place of the layer that passes requests on, its tests and its README with it`,
    `README.md, README.zh-CN.md: take it out of the sentence on what does not exist yet; the Chinese row may want a translation`,
    `.changeset/new-${name}.md, ARCHITECTURE.md: say what it does`,
  ];
  if (!isInstalled) steps.unshift('npm install: package-lock.json has to know the package');
  process.stdout.write(`\nWhat is next:\n${steps.map((step, index) => `${index + 1}. ${step}\n`).join('')}`);
  if (isWanted && !isInstalled) throw new Error('all files are written, but npm install failed');
}
