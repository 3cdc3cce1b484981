import { circumstances } from './machine.mjs';
import { all } from './results.mjs';
import { tables } from './tables.mjs';

const GAP = '  ';

/**
 * What a run found out, as text for a terminal.
 *
 * @param {import('./results.mjs').Results} results
 */
export function consoleReport(results) {
  const lines = [circumstances(results), ''];
  for (const table of tables(results)) lines.push(table.title, '', ...aligned(table), '');
  lines.push(...all(results, 'losses'));
  return `${lines.join('\n').trimEnd()}\n`;
}

/** @param {import('./tables.mjs').Table} table */
export function aligned({ header, rows, textColumns }) {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines.map((cells) =>
    cells
      .map((cell, column) =>
        column < textColumns ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join(GAP)
      .trimEnd(),
  );
}
