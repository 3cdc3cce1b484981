const STDERR_LINES = 8;

/**
 * What a run of a program did otherwise than was promised, or nothing.
 *
 * @param {readonly string[]} prints the lines that it should print
 * @param {import('../command.mjs').Run} run
 * @returns {string | undefined}
 */
export function difference(prints, { end, stdout, stderr }) {
  const lines = stdout.split(/\r?\n/).slice(0, -1);
  const at = Array.from({ length: Math.max(lines.length, prints.length) }).findIndex(
    (_, index) => lines[index] !== prints[index],
  );
  const complaints = [
    ...(end === 'code 0' ? [] : [`it ended with ${end}`]),
    ...(at === -1 ? [] : [`line ${at + 1} is ${shown(lines[at])}, not ${shown(prints[at])}`]),
    ...(stderr === '' ? [] : [`it complained: ${stderr.trim().split('\n').slice(0, STDERR_LINES).join('\n')}`]),
  ];
  return complaints.length === 0 ? undefined : complaints.join('; ');
}

/** @param {string | undefined} line */
function shown(line) {
  return line === undefined ? 'missing' : `'${line}'`;
}
