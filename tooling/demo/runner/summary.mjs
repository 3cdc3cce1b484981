import { Histogram } from '../measure/histogram.mjs';
import { count, duration } from './format.mjs';
import { columns } from './table.mjs';

/**
 * One kind of message: how many were sent and arrived, how fast. What does not apply is left out.
 *
 * @typedef {{
 *   name: string, sent: number, received: number, lost: number, doubled?: number, perSecond?: number, latency?: readonly number[],
 * }} Row
 */

const HEADER = ['', 'sent', 'received', 'lost', 'twice', 'per second', 'p50', 'p99'];

/**
 * The table at the end, as text.
 *
 * @param {readonly Row[]} rows
 */
export function table(rows) {
  return columns([HEADER, ...rows.map(cellsOf)]).join('\n');
}

/**
 * How many messages were lost, and how many came twice, over all kinds.
 *
 * @param {readonly Row[]} rows
 */
export function faults(rows) {
  return {
    lost: rows.reduce((sum, { lost }) => sum + Math.abs(lost), 0),
    doubled: rows.reduce((sum, { doubled = 0 }) => sum + doubled, 0),
  };
}

/** @param {Row} row */
function cellsOf({ name, sent, received, lost, doubled, perSecond, latency }) {
  const times = latency && Histogram.from(latency);
  return [
    name,
    count(sent),
    count(received),
    count(lost),
    doubled === undefined ? '' : count(doubled),
    perSecond === undefined ? '' : count(perSecond),
    times ? duration(times.percentile(0.5)) : '',
    times ? duration(times.percentile(0.99)) : '',
  ];
}
