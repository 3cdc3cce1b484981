/**
 * How long and how often: rounds, the time that one measurement takes and the time before it in which code gets warm, how long a receiver is stopped,
 * how many processes are started to time an import, how often a pool lends while its heap is watched, and what options of ours are left out.
 *
 * @typedef {{ rounds: number, measureMs: number, warmUpMs: number, stoppedMs: number, imports: number, leases: number, without: readonly string[] }} Settings
 */

/**
 * Some figure of one contender, a value a round.
 *
 * @typedef {{ contender: string, values: number[] }} Series
 */

/**
 * Our figure beside another one of the same rounds.
 *
 * @typedef {object} Comparison
 * @property {string} title
 * @property {Unit} unit
 * @property {Series} ours
 * @property {Series} theirs
 * @property {import('../statistics.mjs').Spread} ratio ours to theirs
 * @property {import('../targets.mjs').Target} [target]
 * @property {string} [note]
 */

/** @typedef {'per second' | 'leases per second' | 'µs' | 'MiB' | 'ms' | 'KB'} Unit */

/** @typedef {{ title: string, inFlight: number, contender: string, p50: number[], p99: number[] }} Latency */

/** @typedef {{ title: string, beforeMib: number, peakMib: number, limitMib: number, goesOn: boolean, sent: number, refused: number, samples: [number, number][] }} Memory */

/** @typedef {{ title: string, unit: Unit, values: number[], atMost?: number }} Figure */

/**
 * A value of so many bytes in one format: how long it takes to encode and to decode, ours beside the library by itself, in each round.
 *
 * @typedef {{ format: string, library: string, value: string, bytes: number, encode: import('../codecs/slices.mjs').SliceTimes[], decode: import('../codecs/slices.mjs').SliceTimes[] }} CodecTimes
 */

/**
 * What a scenario found out; it leaves out what it does not measure.
 *
 * @typedef {{ comparisons?: Comparison[], latencies?: Latency[], memory?: Memory[], figures?: Figure[], codecs?: CodecTimes[], losses?: string[] }} Findings
 */

/**
 * @typedef {object} Scenario
 * @property {string} name
 * @property {string} summary what it measures, in a line
 * @property {(settings: Settings, progress: (text: string) => void) => Promise<Findings>} run
 */

import { ratio } from '../statistics.mjs';

/**
 * @param {string} title
 * @param {Unit} unit
 * @param {Series} ours
 * @param {Series} theirs
 * @param {import('../targets.mjs').Target} [target]
 * @returns {Comparison}
 */
export function compare(title, unit, ours, theirs, target) {
  return { title, unit, ours, theirs, ratio: ratio(ours.values, theirs.values), ...(target && { target }) };
}
