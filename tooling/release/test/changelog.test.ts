import { expect, test } from '@jest/globals';
import changelog from '../changelog.cjs';
import { releaseNotes } from '../real/notes.mjs';
import { fillEmptyEntries } from '../stage/empty-entries.mjs';

const releases = [{ name: '@liberzmq/core', type: 'minor' as const }];

test('a changeset is told in its own words, as an item of a list, without a commit', async () => {
  const changeset = { id: 'x', commit: '0123456789', releases, summary: 'One.\n\n- two  \n- three\n' };
  expect(await changelog.getReleaseLine(changeset)).toBe('- One.\n\n  - two\n  - three');
});

test('other packages of the same version are no news', async () => {
  expect(await changelog.getDependencyReleaseLine()).toBe('');
});

const CHANGELOG = `# @liberzmq/core

## 0.3.0

## 0.2.0

### Minor Changes

- Second.

## 0.1.0
`;

test('a version that changed others only says so', () => {
  expect(fillEmptyEntries(CHANGELOG)).toBe(`# @liberzmq/core

## 0.3.0

Nothing has changed in this package, which has the version of all.

## 0.2.0

### Minor Changes

- Second.

## 0.1.0

Nothing has changed in this package, which has the version of all.
`);
});

test('filling twice is filling once', () => {
  const filled = fillEmptyEntries(CHANGELOG);
  expect(fillEmptyEntries(filled)).toBe(filled);
});

test('the notes of a release tell the same words once, and no other version', () => {
  const other = '# b\n\n## 0.2.0\n\n### Patch Changes\n\n- Mended.\n';
  const notes = releaseNotes(
    [
      { name: 'a', changelog: CHANGELOG },
      { name: 'b', changelog: other },
      { name: 'c', changelog: CHANGELOG },
      { name: 'd', changelog: '# d\n' },
    ],
    '0.2.0',
  );
  expect(notes).toBe('## a, c\n\n### Minor Changes\n\n- Second.\n\n## b\n\n### Patch Changes\n\n- Mended.\n');
});

test('where one package has more to tell, the notes repeat nothing', () => {
  const shared = '- Shared.\n\n  - First part.\n  - Second part.';
  const notes = releaseNotes(
    [
      { name: 'all', changelog: `# all\n\n## 0.2.0\n\n### Minor Changes\n\n${shared}\n- New.\n` },
      { name: 'core', changelog: `# core\n\n## 0.2.0\n\n### Minor Changes\n\n${shared}\n` },
      {
        name: 'new',
        changelog: '# new\n\n## 0.2.0\n\n### Major Changes\n\n- New.\n\n### Patch Changes\n\n- Mended.\n- Faster.\n',
      },
      { name: 'quiet', changelog: '# quiet\n\n## 0.2.0\n\nNothing has changed.\n\n## 0.1.0\n\nNothing has changed.\n' },
    ],
    '0.2.0',
  );
  expect(notes).toBe(
    [
      `## all, core\n\n### Minor Changes\n\n${shared}\n`,
      '## all, new\n\n### Major Changes\n\n- New.\n',
      '## new\n\n### Patch Changes\n\n- Mended.\n- Faster.\n',
      '## quiet\n\nNothing has changed.\n',
    ].join('\n'),
  );
});
