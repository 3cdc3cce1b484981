import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { exclusively } from './exclusively.mjs';
import { contentFingerprint, listingFingerprint } from './fingerprint.mjs';
import { publicPackages, root } from './repository.mjs';
import { runStep } from './step.mjs';
import { readStamp, updateStamp } from './stamp.mjs';

const SHARED_INPUTS = ['package-lock.json', 'tsconfig.base.json', 'tooling/tsup'].map((path) => join(root, path));
const PACKAGE_INPUTS = ['src', 'package.json', 'tsconfig.json', 'tsup.config.ts'];

/** Builds each package whose `dist` is missing, was changed by others, or is older than what it is made of. */
export async function ensureBuilt() {
  if (stalePackages().length === 0) return;
  await exclusively(async () => {
    const stale = stalePackages();
    if (stale.length === 0) return;
    const names = stale.map(({ name }) => name);
    const lerna = join(root, 'node_modules', 'lerna', 'dist', 'cli.js');
    const scopes = names.flatMap((name) => ['--scope', name]);
    const sources = sourceFingerprints();
    await runStep(
      `building ${names.join(', ')}`,
      process.execPath,
      [lerna, 'run', 'build', ...scopes, '--no-progress'],
      {
        cwd: root,
      },
    );
    const builds = { ...readStamp().builds };
    for (const { name, directory } of stale) {
      builds[name] = { sources: sources.get(name) ?? '', dist: listingFingerprint(join(directory, 'dist')) };
    }
    updateStamp({ builds });
  });
}

function stalePackages() {
  const { builds } = readStamp();
  const sources = sourceFingerprints();
  return publicPackages().filter(({ name, directory, targets }) => {
    const last = builds[name];
    return (
      last?.sources !== sources.get(name) ||
      last?.dist !== listingFingerprint(join(directory, 'dist')) ||
      !targets.every((target) => existsSync(target))
    );
  });
}

/** A package is made of its own files, the shared ones, and the declarations of the packages that it depends on. */
function sourceFingerprints() {
  const shared = contentFingerprint(SHARED_INPUTS);
  const packages = publicPackages();
  const own = new Map(
    packages.map(({ name, directory }) => [
      name,
      contentFingerprint(PACKAGE_INPUTS.map((input) => join(directory, input))),
    ]),
  );
  return new Map(
    packages.map(({ name, dependencies }) => [
      name,
      [shared, own.get(name), ...dependencies.flatMap((dependency) => own.get(dependency) ?? [])].join(' '),
    ]),
  );
}
