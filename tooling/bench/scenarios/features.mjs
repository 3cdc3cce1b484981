import { compareWithAndWithout } from './with-and-without.mjs';

const ON = { title: 'all features on', setup: { features: true } };
const OFF = { title: 'all features off', setup: { features: false } };

/** @type {import('./scenario.mjs').Scenario} */
export const features = {
  name: 'features',
  summary:
    'what a middleware, headers, a checksum, a signal and a deadline cost together: ours with all of them beside ours without',
  run: (settings, progress) => compareWithAndWithout([ON, OFF], settings, progress),
};
