import { PAYLOADS } from '../payloads.mjs';

const { data: reading } = PAYLOADS.small;

/** @param {number} count */
const rows = (count) => ({
  id: reading.id,
  rows: Array.from({ length: count }, (_, index) => ({ ...reading, id: index + 1 })),
});

/**
 * What is encoded, and its type in `READINGS`.
 *
 * @typedef {{ title: string, type: string, data: any }} Value
 */

/** By their size as JSON. @type {readonly Value[]} */
export const VALUES = [
  { title: '100 B', type: 'Reading', data: reading },
  { title: '1 KB', type: 'Readings', data: rows(10) },
  { title: '100 KB', type: 'Readings', data: rows(1_000) },
];
