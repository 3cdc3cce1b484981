import { join } from 'node:path';
import { readChangelog, releaseNotes } from './real/notes.mjs';
import { publicPackages } from './stage/packages.mjs';
import { commonVersion } from './stage/version.mjs';

// Prints the notes of the present version, for the release on GitHub.
const repository = join(import.meta.dirname, '..', '..');
const packages = publicPackages(repository).map(({ directory, manifest: { name } }) => ({
  name,
  changelog: readChangelog(directory),
}));
process.stdout.write(releaseNotes(packages, commonVersion(repository)));
