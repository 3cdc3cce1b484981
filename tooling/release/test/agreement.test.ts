import { expect, test } from '@jest/globals';
import { disagreements } from '../stage/agreement.mjs';
import { type Manifest } from '../stage/packages.mjs';

function manifest(name: string, changes: Partial<Manifest> = {}): Manifest {
  return {
    name: `@liberzmq/${name}`,
    version: '1.2.0',
    exports: {},
    publishConfig: { access: 'public', provenance: true },
    ...changes,
  };
}

const LOCKED = { 'packages/core': { version: '1.2.0' }, 'packages/all': { version: '1.2.0' } };

test.each(['1.2.0', '^1.2.0'])('packages that depend on each other as %s go together', (range) => {
  const all = manifest('all', { dependencies: { '@liberzmq/core': range, pino: '^10.0.0' } });
  expect(disagreements([manifest('core'), all], LOCKED)).toEqual([]);
});

test.each<[string, Partial<Manifest>, string]>([
  ['another version', { version: '1.1.0' }, '@liberzmq/all is 1.1.0 beside others of 1.2.0'],
  [
    'a dependency on the last version',
    { dependencies: { '@liberzmq/core': '1.1.0' } },
    '@liberzmq/all depends on @liberzmq/core 1.1.0, not on 1.2.0',
  ],
  [
    'a peer of any version',
    { peerDependencies: { '@liberzmq/core': '*' } },
    '@liberzmq/all depends on @liberzmq/core *, not on 1.2.0',
  ],
  ['restricted access', { publishConfig: { provenance: true } }, '@liberzmq/all is not published for all'],
  ['no provenance', { publishConfig: { access: 'public' } }, '@liberzmq/all asks for no provenance'],
])('%s is noticed', (_, changes, complaint) => {
  expect(disagreements([manifest('core'), manifest('all', changes)], LOCKED)).toContain(complaint);
});

test('a lock file of another version is noticed', () => {
  expect(disagreements([manifest('core')], { 'packages/core': { version: '1.1.0' } })).toEqual([
    'the lock file has @liberzmq/core 1.1.0, not 1.2.0',
  ]);
  expect(disagreements([manifest('core')], {})).toEqual(['the lock file has @liberzmq/core undefined, not 1.2.0']);
});

test('what has never had a changeset is not released', () => {
  const [complaint] = disagreements([manifest('core', { version: '0.0.0' })], {
    'packages/core': { version: '0.0.0' },
  });
  expect(complaint).toContain('0.0.0 is never released');
});
