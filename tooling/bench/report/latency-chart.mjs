import { median } from '../statistics.mjs';
import { figure } from './format.mjs';
import { dot, label, line, svg } from './svg.mjs';

const WIDTH = 860;
const LEFT = 330;
const RIGHT = 130;
const TOP = 62;
const ROW = 26;
const TITLE = 'Time of a single request, in µs';

/**
 * A row for each contender: a full dot at the median, a hollow one at the 99th percentile. The scale is logarithmic, since with more in flight each waits longer.
 *
 * @param {readonly import('../scenarios/scenario.mjs').Latency[]} latencies
 */
export function latencyChart(latencies) {
  const rows = latencies.map(({ inFlight, contender, p50, p99 }) => ({
    text: `${inFlight} in flight, ${contender}`,
    of: contender === 'ours' ? 'ours' : 'raw',
    middle: median(p50),
    late: median(p99),
  }));
  const from = Math.floor(Math.log10(Math.min(...rows.map(({ middle }) => middle))));
  const to = Math.ceil(Math.log10(Math.max(...rows.map(({ late }) => late))));
  const x = (/** @type {number} */ us) =>
    LEFT + ((Math.log10(us) - from) / Math.max(1, to - from)) * (WIDTH - LEFT - RIGHT);
  const height = TOP + rows.length * ROW + 34;
  const bottom = height - 28;

  const shapes = [label({ x: 16, y: 26, text: TITLE, of: 'title' })];
  shapes.push(label({ x: 16, y: 46, text: 'full dot: p50; hollow dot: p99; logarithmic', of: 'faint' }));
  for (let power = from; power <= to; power += 1) {
    const tick = x(10 ** power);
    shapes.push(line({ x1: tick, y1: TOP - 6, x2: tick, y2: bottom, of: 'grid' }));
    shapes.push(label({ x: tick, y: bottom + 16, text: figure(10 ** power), of: 'faint', anchor: 'middle' }));
  }
  for (const [index, { text, of, middle, late }] of rows.entries()) {
    const y = TOP + index * ROW + ROW / 2;
    shapes.push(label({ x: LEFT - 12, y: y + 4, text, anchor: 'end' }));
    shapes.push(line({ x1: x(middle), y1: y, x2: x(late), y2: y, of }));
    shapes.push(dot({ x: x(late), y, radius: 4.5, of: `${of} hollow` }));
    shapes.push(dot({ x: x(middle), y, radius: 4.5, of }));
    shapes.push(label({ x: WIDTH - RIGHT + 16, y: y + 4, text: `${figure(middle)} / ${figure(late)}` }));
  }
  return svg({ width: WIDTH, height, title: TITLE }, shapes);
}
