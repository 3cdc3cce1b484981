/**
 * What is known before a release.
 *
 * @typedef {object} Facts
 * @property {import('./state.mjs').State} state
 * @property {string} branch
 * @property {number} uncommitted how many files are changed and not committed
 * @property {boolean} isPushed whether the branch of the same name at `origin` has this commit
 * @property {Login} login
 * @property {boolean} withProvenance
 */

/**
 * Who npm would take us for: the workflow whom it trusts, the owner of a token or of a session, or nobody.
 *
 * @typedef {'workflow' | 'user' | 'nobody'} Login
 */

/**
 * Why nothing can be published now, one sentence each.
 *
 * @param {Facts & { isActions: boolean }} facts
 */
export function objections({ state, branch, uncommitted, isPushed, login, withProvenance, isActions }) {
  return [
    ...(state.stage === 'changesets'
      ? ['there are changesets: spend them first, npm run release -- --prepare, and commit what it writes']
      : []),
    ...(state.stage === 'nothing' ? [`${state.version} is published already, and there are no changesets`] : []),
    ...(branch === 'main' ? [] : [`this is the branch ${branch || '(none)'}, and releases are made of main`]),
    ...(uncommitted === 0 ? [] : [`${uncommitted} files are changed and not committed`]),
    ...(isPushed ? [] : ['this commit is not on origin/main: what is published could not be found there']),
    ...(login === 'nobody' ? [noLogin(state.registry)] : []),
    ...(withProvenance && !isActions
      ? [
          'only the workflow can prove where it built: run it (see RELEASING.md), or, if that is impossible, add --without-provenance',
        ]
      : []),
    ...(!withProvenance && isActions ? ['--without-provenance is not for GitHub Actions'] : []),
  ];
}

/** @param {string} registry */
function noLogin(registry) {
  return `${registry} does not know us: npm login, or NPM_TOKEN in the environment, or a workflow with id-token: write that npm trusts`;
}
