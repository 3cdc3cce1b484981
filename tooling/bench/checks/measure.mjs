import { inSlices } from '../codecs/slices.mjs';
import { checks, VALUES } from './user-message.mjs';

/** One round of one value, in a process of its own: what V8 has learnt from another one must not decide. */
const [title = '', measureMs, warmUpMs] = process.argv.slice(2);
if (!(title in VALUES)) throw new Error(`there is no value '${title}'`);

const value = VALUES[title];
const { ours, ajv } = checks();
const settings = { measureMs: Number(measureMs), warmUpMs: Number(warmUpMs) };
const times = inSlices(
  () => ours(value),
  () => ajv(value),
  settings,
);
process.stdout.write(JSON.stringify(times));
