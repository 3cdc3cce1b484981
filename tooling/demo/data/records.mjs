import { readFileSync } from 'node:fs';

/**
 * The data sets of `vega-datasets` that are replayed. A record's topic is the stream and the record's key: `stocks.MSFT`.
 *
 * @type {Record<string, { file: string, key: string, value: string, unit: string, records: string }>}
 */
export const STREAMS = {
  stocks: { file: 'stocks.csv', key: 'symbol', value: 'price', unit: 'USD', records: 'monthly prices' },
  weather: { file: 'weather.csv', key: 'location', value: 'temp_max', unit: '°C', records: 'days' },
  flights: { file: 'flights-10k.json', key: 'origin', value: 'delay', unit: 'min late', records: 'flights' },
};

/** @typedef {'stocks' | 'weather' | 'flights'} StreamName */
/** @typedef {Record<string, string | number>} DataRecord */

const folder = new URL('../data/', import.meta.resolve('vega-datasets'));

/**
 * All records of a stream, or the first ones, in the order of the file, which is that of their dates.
 *
 * @param {string} stream
 * @param {number} atMost
 * @returns {DataRecord[]}
 */
export function readStream(stream, atMost) {
  const { file = '' } = STREAMS[stream] ?? {};
  const text = readFileSync(new URL(file, folder), 'utf8');
  const records = file.endsWith('.json') ? JSON.parse(text) : parseCsv(text);
  return records.slice(0, atMost);
}

/**
 * The streams merged into one, each spread evenly over the whole. What is in the files is checked against the contract when it is published.
 *
 * @param {number} atMost records of each stream
 * @returns {{ stream: StreamName, topic: `${StreamName}.${string}`, record: any, position: number }[]}
 */
export function readMerged(atMost) {
  const streams = /** @type {[StreamName, (typeof STREAMS)[string]][]} */ (Object.entries(STREAMS));
  return streams
    .flatMap(([stream, { key }]) =>
      readStream(stream, atMost).map((record, index, all) => ({
        stream,
        topic: /** @type {const} */ (`${stream}.${record[key]}`),
        record,
        position: (index + 0.5) / all.length,
      })),
    )
    .sort((a, b) => a.position - b.position);
}

/** @param {string} text a table without quoted fields */
function parseCsv(text) {
  const [header = '', ...lines] = text.trim().split('\n');
  const names = header.split(',');
  return lines.map((line) => {
    const fields = line.split(',').map((field) => (Number.isNaN(Number(field)) ? field : Number(field)));
    return Object.fromEntries(names.map((name, column) => [name, fields[column]]));
  });
}
