import { settled } from '../codecs/settled.mjs';
import { median, spread } from '../statistics.mjs';
import { MEMORY_BEYOND_LIMIT_MIB, TARGETS, verdict } from '../targets.mjs';
import { bound, figure, range, times } from './format.mjs';
import { all } from './results.mjs';

/**
 * A table before it is known whether it goes to a terminal or into a page. Its first columns, which are text, stand to the left.
 *
 * @typedef {{ title: string, header: string[], rows: string[][], textColumns: number }} Table
 */

const DIRECTIONS = /** @type {const} */ (['encode', 'decode']);
const UNBOUND = ['', ''];

/**
 * All tables that have something to show.
 *
 * @param {import('./results.mjs').Results} results
 */
export function tables(results) {
  return [comparisons(results), latencies(results), codecs(results), memory(results), figures(results)].filter(
    ({ rows }) => rows.length > 0,
  );
}

/**
 * @param {import('./results.mjs').Results} results
 * @returns {Table}
 */
function comparisons(results) {
  return {
    title: 'Ratios',
    header: ['what', 'beside', 'unit', 'ours', 'other', 'ratio', 'of single rounds', 'target', 'aim', 'verdict'],
    rows: all(results, 'comparisons').map(({ title, unit, ours, theirs, ratio, target }) => [
      title,
      theirs.contender,
      unit,
      figure(median(ours.values)),
      figure(median(theirs.values)),
      times(ratio.median),
      range(ratio, times),
      target ? bound(target) : '',
      target ? `${target.aim}×` : '',
      target ? verdict(target, ratio.median) : '',
    ]),
    textColumns: 3,
  };
}

/**
 * @param {import('./results.mjs').Results} results
 * @returns {Table}
 */
function latencies(results) {
  return {
    title: 'Times of single requests, in µs',
    header: ['what', 'who', 'p50', 'range', 'p99', 'range'],
    rows: all(results, 'latencies').map(({ title, contender, p50, p99 }) => [
      title,
      contender,
      ...[p50, p99].flatMap((values) => [figure(median(values)), range(spread(values), figure)]),
    ]),
    textColumns: 2,
  };
}

/**
 * @param {import('./results.mjs').Results} results
 * @returns {Table}
 */
function codecs(results) {
  const target = TARGETS.codecs;
  return {
    title: 'Encoding and decoding, in µs a value',
    header: [
      'what',
      'beside',
      'bytes',
      'ours',
      'bare',
      'ratio',
      'of single rounds',
      'rounds',
      'target',
      'aim',
      'verdict',
    ],
    rows: all(results, 'codecs').flatMap(({ format, library, value, bytes, ...measured }) =>
      DIRECTIONS.map((direction) => {
        const { ours, bare, ratio, counted } = settled(measured[direction]);
        return [
          `${format}, ${direction}, ${value}`,
          library,
          bytes.toLocaleString('en-US'),
          figure(ours),
          figure(bare),
          times(ratio.median),
          range(ratio, times),
          `${counted} of ${measured[direction].length}`,
          bound(target),
          `${target.aim}×`,
          verdict(target, ratio.median),
        ];
      }),
    ),
    textColumns: 2,
  };
}

/**
 * The same in short, for the README of the serializers.
 *
 * @param {import('./results.mjs').Results} results
 * @returns {Table}
 */
export function codecsInShort(results) {
  return {
    title: '',
    header: ['format', 'value', 'bytes', 'encode, µs', 'to bare', 'decode, µs', 'to bare'],
    rows: all(results, 'codecs').map(({ format, value, bytes, ...measured }) => [
      `\`${format}\``,
      value,
      bytes.toLocaleString('en-US'),
      ...DIRECTIONS.flatMap((direction) => {
        const { ours, ratio } = settled(measured[direction]);
        return [figure(ours), times(ratio.median)];
      }),
    ]),
    textColumns: 2,
  };
}

/**
 * @param {import('./results.mjs').Results} results
 * @returns {Table}
 */
function memory(results) {
  return {
    title: `Memory of a sender while its receiver is stopped for ${results.settings.stoppedMs / 1_000} s, in MiB`,
    header: ['what', 'before', 'most', 'grown by', 'bound', 'verdict', 'goes on afterwards', 'taken', 'refused'],
    rows: all(results, 'memory').map(({ title, beforeMib, peakMib, limitMib, goesOn, sent, refused }) => {
      const most = limitMib + MEMORY_BEYOND_LIMIT_MIB;
      const isBound = limitMib > 0;
      return [
        title,
        figure(beforeMib),
        figure(peakMib),
        figure(peakMib - beforeMib),
        ...(isBound ? held(peakMib - beforeMib, most) : UNBOUND),
        goesOn ? 'yes' : 'no',
        sent.toLocaleString('en-US'),
        refused.toLocaleString('en-US'),
      ];
    }),
    textColumns: 1,
  };
}

/**
 * @param {import('./results.mjs').Results} results
 * @returns {Table}
 */
function figures(results) {
  return {
    title: 'Single figures',
    header: ['what', 'unit', 'median', 'range', 'bound', 'verdict'],
    rows: all(results, 'figures').map(({ title, unit, values, atMost }) => [
      title,
      unit,
      figure(median(values)),
      values.length > 1 ? range(spread(values), figure) : '',
      ...(atMost === undefined ? UNBOUND : held(median(values), atMost)),
    ]),
    textColumns: 2,
  };
}

/**
 * The cells of a bound, and of whether it is kept.
 *
 * @param {number} value
 * @param {number} most
 */
function held(value, most) {
  return [`≤ ${figure(most)}`, value <= most ? 'met' : 'missed'];
}
