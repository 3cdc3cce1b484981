import { TARGETS } from '../targets.mjs';
import { compareWithAndWithout } from './with-and-without.mjs';

const FIVE = { title: 'five middlewares at each end', setup: { passingOn: 5 } };
const NONE = { title: 'none', setup: { passingOn: 0 } };

/** @type {import('./scenario.mjs').Scenario} */
export const middleware = {
  name: 'middleware',
  summary:
    'what middleware costs by itself: ours with five at each end that pass messages on in both directions, beside ours without',
  run: (settings, progress) => compareWithAndWithout([FIVE, NONE], settings, progress, TARGETS.middleware),
};
