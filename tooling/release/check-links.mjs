import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { anchorsOf, localLinks } from './links.mjs';

// Every link between the documents of the repository has to lead to a file, and to a heading of it.
const root = join(import.meta.dirname, '..', '..');
const files = execFileSync('git', ['ls-files', '-z', '--', '*.md'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(root, file)));

let count = 0;
for (const file of files) {
  for (const link of localLinks(readFileSync(join(root, file), 'utf8'))) {
    count += 1;
    const complaint = complaintAbout(file, link);
    if (complaint === undefined) continue;
    process.stderr.write(`${file}: ${complaint}\n`);
    process.exitCode = 1;
  }
}
process.stdout.write(`${count} links in ${files.length} documents looked at\n`);

/**
 * @param {string} file
 * @param {import('./links.mjs').Link} link
 */
function complaintAbout(file, { path, anchor }) {
  const target = path === '' ? join(root, file) : join(root, path.startsWith('/') ? '' : dirname(file), path);
  if (!existsSync(target)) return `there is no ${path}`;
  if (anchor === '') return undefined;
  const document = statSync(target).isDirectory() ? join(target, 'README.md') : target;
  // Other programs than GitHub's know the anchors of what is no Markdown.
  if (!document.endsWith('.md') || !existsSync(document)) return undefined;
  // The page of a folder calls its README by this name.
  if (anchor === 'readme' && document !== target) return undefined;
  return anchorsOf(readFileSync(document, 'utf8')).has(anchor) ? undefined : `${path} has no heading #${anchor}`;
}
