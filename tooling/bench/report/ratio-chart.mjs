import { label, line, rectangle, svg } from './svg.mjs';
import { times } from './format.mjs';

const WIDTH = 860;
const LEFT = 330;
const RIGHT = 130;
const TOP = 62;
const ROW = 26;
const BAR = 14;
const TICKS = 8;
const TITLE = 'Messages a second, ours to raw';

/**
 * A bar for each rate of messages that was compared with a plain socket, with the range of single rounds and its target. Times are not here: less is
 * better for them.
 *
 * @param {readonly import('../scenarios/scenario.mjs').Comparison[]} comparisons
 */
export function ratioChart(comparisons) {
  const rows = comparisons.filter(({ unit, target }) => unit === 'per second' && target);
  const most = Math.max(1, ...rows.flatMap(({ ratio, target }) => [ratio.highest, ratio.median, lowestWanted(target)]));
  const step = Math.max(1, Math.ceil(most / TICKS));
  const end = step * Math.ceil(most / step);
  const x = (/** @type {number} */ ratio) => LEFT + (ratio / end) * (WIDTH - LEFT - RIGHT);
  const height = TOP + rows.length * ROW + 34;
  const bottom = height - 28;

  const shapes = [label({ x: 16, y: 26, text: TITLE, of: 'title' })];
  shapes.push(
    label({ x: 16, y: 46, text: 'line: range of single rounds; red: target; 1× is as fast as raw', of: 'faint' }),
  );
  for (let tick = 0; tick <= end; tick += step) {
    shapes.push(line({ x1: x(tick), y1: TOP - 6, x2: x(tick), y2: bottom, of: 'grid' }));
    shapes.push(label({ x: x(tick), y: bottom + 16, text: `${tick}×`, of: 'faint', anchor: 'middle' }));
  }
  shapes.push(line({ x1: x(1), y1: TOP - 6, x2: x(1), y2: bottom, of: 'mark' }));
  for (const [index, { title, ratio, target }] of rows.entries()) {
    const top = TOP + index * ROW + (ROW - BAR) / 2;
    const middle = top + BAR / 2;
    shapes.push(label({ x: LEFT - 12, y: middle + 4, text: title, anchor: 'end' }));
    shapes.push(rectangle({ x: LEFT, y: top, width: x(ratio.median) - LEFT, height: BAR, of: 'ours bar' }));
    shapes.push(line({ x1: x(ratio.lowest), y1: middle, x2: x(ratio.highest), y2: middle, of: 'mark' }));
    const wanted = x(lowestWanted(target));
    shapes.push(line({ x1: wanted, y1: top - 3, x2: wanted, y2: top + BAR + 3, of: 'target' }));
    shapes.push(label({ x: WIDTH - RIGHT + 16, y: middle + 4, text: times(ratio.median) }));
  }
  return svg({ width: WIDTH, height, title: TITLE }, shapes);
}

/** @param {import('../targets.mjs').Target | undefined} target */
function lowestWanted(target) {
  return target && 'atLeast' in target ? target.atLeast : 1;
}
