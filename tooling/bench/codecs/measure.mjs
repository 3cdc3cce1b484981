import { FORMATS } from './formats.mjs';
import { inSlices } from './slices.mjs';
import { VALUES } from './values.mjs';

/**
 * One round of one value in one format, in a process of its own: what V8 has learnt from others must not decide.
 *
 * @typedef {{ bytes: number, encode: import('./slices.mjs').SliceTimes, decode: import('./slices.mjs').SliceTimes }} Round
 */

const [name, title, measureMs, warmUpMs] = process.argv.slice(2);
const format = FORMATS.find((each) => each.name === name);
const value = VALUES.find((each) => each.title === title);
if (!format || !value) throw new Error(`there is no '${title}' in '${name}'`);

const settings = { measureMs: Number(measureMs), warmUpMs: Number(warmUpMs) };
const { data } = value;
const [ours, bare] = [format.ours(value), format.bare(value)];
const oursBytes = Buffer.from(ours.encode(data));
const bareBytes = Buffer.from(bare.encode(data));

/** @type {Round} */
const round = {
  bytes: oursBytes.byteLength,
  encode: inSlices(
    () => ours.encode(data),
    () => bare.encode(data),
    settings,
  ),
  decode: inSlices(
    () => ours.decode(oursBytes),
    () => bare.decode(bareBytes),
    settings,
  ),
};
process.stdout.write(JSON.stringify(round));
