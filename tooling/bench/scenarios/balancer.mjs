import { TARGETS } from '../targets.mjs';
import { runRequests } from './request-runs.mjs';
import { compare } from './scenario.mjs';

const IN_FLIGHT = 256;
const UNIT = /** @type {const} */ ('per second');

/** @typedef {import('./request-runs.mjs').Participant} Participant */

/** @type {{ what: string, target?: import('../targets.mjs').Target, with_: Participant, without: Participant }[]} */
const CASES = [
  {
    what: 'before one server',
    target: TARGETS.balancer,
    with_: { title: 'LoadBalancedClient', contender: 'balanced' },
    without: { title: 'Client', contender: 'ours' },
  },
  {
    what: 'before one server, idempotent',
    target: TARGETS.balancer,
    with_: { title: 'LoadBalancedClient', contender: 'balanced', setup: { idempotent: true } },
    without: { title: 'Client', contender: 'ours' },
  },
  {
    what: 'before three servers',
    with_: { title: 'LoadBalancedClient', contender: 'balanced', setup: { servers: 3 } },
    without: { title: 'three Clients in turn', contender: 'inTurn', setup: { servers: 3 } },
  },
];

/** @type {import('./scenario.mjs').Scenario} */
export const balancer = {
  name: 'balancer',
  summary:
    'what a balancer costs: ours before one server beside a plain client, and before three beside a client for each',

  async run(settings, progress) {
    const comparisons = [];
    for (const { what, target, with_, without } of CASES) {
      const title = `request/reply, ${IN_FLIGHT} in flight, balancer ${what}`;
      progress(title);
      const runs = await runRequests([with_, without], { inFlight: IN_FLIGHT }, settings);
      const [ours, theirs] = runs.map((run) => ({ contender: run.title, values: run.rate }));
      if (ours && theirs) comparisons.push(compare(title, UNIT, ours, theirs, target));
    }
    return { comparisons };
  },
};
