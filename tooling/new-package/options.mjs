import { parseArgs } from 'node:util';

/**
 * What the command line asks for.
 *
 * @typedef {object} Options
 * @property {string} name the folder below `packages/`, and what comes behind `@liberzmq/`
 * @property {string} description one line without a full stop, as it stands in a table
 * @property {string} descriptionZh the same for README.zh-CN.md
 * @property {boolean} dryRun
 * @property {boolean} install
 * @property {boolean} help
 */

export const USAGE = `npm run new-package NAME -- --description "what it is" [options]

  --description text     what it is, in one line without a full stop: "the pool that Node lacks"
  --description-zh text  the same for README.zh-CN.md; by default it is the English one
  --dry-run              tells what would be written, and writes nothing
  --no-install           leaves node_modules and package-lock.json as they are
  --help
`;

/**
 * @param {readonly string[]} args
 * @returns {Options}
 * @throws Error if they make no sense, saying why
 */
export function readOptions(args) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    allowNegative: true,
    options: {
      description: { type: 'string' },
      'description-zh': { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      install: { type: 'boolean', default: true },
      help: { type: 'boolean', default: false },
    },
  });
  const { help, install, 'dry-run': dryRun } = values;
  if (help) return { name: '', description: '', descriptionZh: '', dryRun, install, help };
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) {
    throw new Error(`one name is wanted, not ${positionals.length}; options come behind a --\n\n${USAGE}`);
  }
  const description = line('description', values.description);
  const descriptionZh = line('description-zh', values['description-zh'] ?? description);
  return { name, description, descriptionZh, dryRun, install, help };
}

/**
 * @param {string} option
 * @param {string | undefined} text
 */
function line(option, text) {
  const trimmed = text?.trim();
  if (!trimmed) throw new Error(`--${option} is missing\n\n${USAGE}`);
  if (/[\r\n|]/.test(trimmed)) throw new Error(`--${option} becomes a cell of a table: one line, without |`);
  if (/[.。]$/.test(trimmed)) throw new Error(`--${option} must not end with a full stop: it stands in tables`);
  return trimmed;
}
