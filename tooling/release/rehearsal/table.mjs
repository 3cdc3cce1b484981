/** @typedef {{ ran: number, failures: readonly string[] }} Outcome */
/** @typedef {{ node: string, outcomes: Record<string, Outcome> }} Row */

/**
 * The outcome of a rehearsal: a line for each version of Node, a column for each project.
 *
 * @param {readonly Row[]} rows
 */
export function table(rows) {
  const projects = [...new Set(rows.flatMap(({ outcomes }) => Object.keys(outcomes)))];
  const cells = [
    ['Node', ...projects],
    ...rows.map(({ node, outcomes }) => [node, ...projects.map((name) => cell(outcomes[name]))]),
  ];
  const widths = ['Node', ...projects].map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  const lines = cells.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return lines.join('\n');
}

/**
 * What failed, by version of Node and project, one paragraph each.
 *
 * @param {readonly Row[]} rows
 */
export function failuresOf(rows) {
  return rows.flatMap(({ node, outcomes }) =>
    Object.entries(outcomes).flatMap(([project, { failures }]) =>
      failures.map((failure) => `${node}, ${project}: ${failure}`),
    ),
  );
}

/** @param {Outcome | undefined} outcome */
function cell(outcome) {
  if (outcome === undefined) return '-';
  return outcome.failures.length === 0 ? `ok (${outcome.ran})` : `${outcome.failures.length} FAILED`;
}
