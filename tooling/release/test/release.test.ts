import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { canBeAsked, withToken } from '../real/login.mjs';
import { objections, type Facts } from '../real/objections.mjs';
import { explain, stageOf, tellWorkflow, type State } from '../real/state.mjs';

const STATE: State = {
  stage: 'publish',
  version: '1.2.0',
  registry: 'https://registry.npmjs.org/',
  changesets: [],
  missing: ['@liberzmq/core@1.2.0'],
};
const READY: Facts & { isActions: boolean } = {
  state: STATE,
  branch: 'main',
  uncommitted: 0,
  isPushed: true,
  login: 'workflow',
  withProvenance: true,
  isActions: true,
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'release-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test.each<[string, Pick<State, 'changesets' | 'missing' | 'version'>, State['stage']]>([
  ['changesets', { changesets: ['a.md'], missing: [], version: '1.0.0' }, 'changesets'],
  [
    'changesets before a version that never came out',
    { changesets: ['a.md'], missing: ['x'], version: '1.0.0' },
    'changesets',
  ],
  ['a version that is not out', { changesets: [], missing: ['x'], version: '1.0.0' }, 'publish'],
  ['a version that is out', { changesets: [], missing: [], version: '1.0.0' }, 'nothing'],
  ['no version yet', { changesets: [], missing: ['x'], version: '0.0.0' }, 'nothing'],
])('with %s the next step is known', (_, facts, stage) => {
  expect(stageOf(facts)).toBe(stage);
});

test.each<[State['stage'], string]>([
  ['changesets', 'npm run release -- --prepare'],
  ['publish', 'npm run release -- --yes'],
  ['nothing', 'nothing to do'],
])('at the stage of %s it says: %s', (stage, words) => {
  expect(explain({ ...STATE, stage })).toContain(words);
});

test('a workflow is told in its own file', () => {
  const file = join(folder, 'output');
  tellWorkflow(STATE, file);
  tellWorkflow(STATE, undefined);
  expect(readFileSync(file, 'utf8')).toBe('stage=publish\nversion=1.2.0\n');
});

test('where everything is in order, nothing keeps it from being published', () => {
  expect(objections(READY)).toEqual([]);
  expect(objections({ ...READY, login: 'user' })).toEqual([]);
  expect(objections({ ...READY, login: 'user', isActions: false, withProvenance: false })).toEqual([]);
});

test.each<[Partial<typeof READY>, string]>([
  [{ state: { ...STATE, stage: 'changesets' } }, 'there are changesets'],
  [{ state: { ...STATE, stage: 'nothing' } }, '1.2.0 is published already'],
  [{ branch: 'feature' }, 'this is the branch feature'],
  [{ branch: '' }, 'this is the branch (none)'],
  [{ uncommitted: 2 }, '2 files are changed'],
  [{ isPushed: false }, 'not on origin/main'],
  [{ login: 'nobody' }, 'https://registry.npmjs.org/ does not know us'],
  [{ isActions: false }, 'add --without-provenance'],
  [{ withProvenance: false }, 'not for GitHub Actions'],
])('%j keeps it from being published', (facts, objection) => {
  const found = objections({ ...READY, ...facts });
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(objection);
});

test('a token is told to npm by the name of its variable, and written nowhere', () => {
  const env = withToken({ NPM_TOKEN: 'secret' }, { registry: 'https://registry.npmjs.org', folder });
  expect(readFileSync(env.npm_config_userconfig!, 'utf8')).toBe('//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n');
});

test('without a token npm uses the settings of its user', () => {
  const env = { PATH: '/bin' };
  expect(withToken(env, { registry: 'https://registry.npmjs.org/', folder })).toBe(env);
});

test.each([
  ['at a terminal', {}, { isTTY: true }, { isTTY: true }, true],
  ['with a token', { NPM_TOKEN: 'secret' }, { isTTY: true }, { isTTY: true }, false],
  ['in a workflow', {}, {}, {}, false],
  ['where nobody sees the question', {}, { isTTY: true }, {}, false],
])('%s it is known whether npm may ask for a second factor', (_, env, stdin, stdout, expected) => {
  expect(canBeAsked(env, { stdin, stdout })).toBe(expected);
});
