import { parseArgs } from 'node:util';

export const USAGE = `npm run release -- [options]

  (none)                   says what state the release is in, and changes nothing
  --dry-run                rehearses it: version, build, publish to a registry of its own, install, run the READMEs
  --prepare                spends the changesets here: versions, changelogs and lock file, for a commit
  --yes                    publishes what npm does not have yet, and pushes the tag
  --node version[,version] with --dry-run: the versions of Node to try instead of ${nodeVersions().join(', ')}
  --checked                with --yes: npm run check and npm test have passed on this commit already
  --without-provenance     with --yes: publishes from a machine that cannot prove where it built; not for GitHub Actions
  --help
`;

/**
 * What the command line asks for.
 *
 * @typedef {'explain' | 'rehearse' | 'prepare' | 'publish' | 'help'} Mode
 * @typedef {{ mode: Mode, nodes: string[], isChecked: boolean, withProvenance: boolean }} Options
 */

/** The versions of Node that are promised, as npm's `node` packages name them. */
function nodeVersions() {
  return ['20', '22', '24', '26'];
}

/**
 * @param {readonly string[]} args
 * @returns {Options}
 * @throws Error if they make no sense, saying why
 */
export function readOptions(args) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'dry-run': { type: 'boolean', default: false },
      prepare: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      node: { type: 'string' },
      checked: { type: 'boolean', default: false },
      'without-provenance': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  /** @type {Mode[]} */
  const modes = [
    ...(values['dry-run'] ? [/** @type {const} */ ('rehearse')] : []),
    ...(values.prepare ? [/** @type {const} */ ('prepare')] : []),
    ...(values.yes ? [/** @type {const} */ ('publish')] : []),
  ];
  if (modes.length > 1) throw new Error('--dry-run, --prepare and --yes exclude each other');
  const mode = values.help ? 'help' : (modes[0] ?? 'explain');
  only('--node', values.node !== undefined, mode, 'rehearse');
  only('--checked', values.checked, mode, 'publish');
  only('--without-provenance', values['without-provenance'], mode, 'publish');
  return {
    mode,
    nodes: readNodes(values.node) ?? nodeVersions(),
    isChecked: values.checked,
    withProvenance: !values['without-provenance'],
  };
}

/**
 * @param {string} name
 * @param {boolean} isGiven
 * @param {Mode} mode
 * @param {'rehearse' | 'publish'} wanted
 */
function only(name, isGiven, mode, wanted) {
  if (isGiven && mode !== wanted && mode !== 'help') {
    throw new Error(`${name} goes with ${wanted === 'rehearse' ? '--dry-run' : '--yes'}`);
  }
}

/** @param {string | undefined} text */
function readNodes(text) {
  if (text === undefined) return undefined;
  const nodes = text.split(',').map((part) => part.trim());
  const wrong = nodes.find((node) => !/^\d+(\.\d+){0,2}$/.test(node));
  if (wrong !== undefined) throw new Error(`--node wants versions such as 24 or 20.19.0, not '${wrong}'`);
  return [...new Set(nodes)];
}
