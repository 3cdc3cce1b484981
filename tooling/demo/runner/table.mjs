const GAP = '   ';

/**
 * Rows of cells as text: the first column stands to the left, all others to the right.
 *
 * @param {readonly (readonly string[])[]} rows the first one is the header
 */
export function columns(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, column))
      .join(GAP)
      .trimEnd(),
  );
}

/**
 * @param {string} cell
 * @param {number} width
 * @param {number} column
 */
function pad(cell, width, column) {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
