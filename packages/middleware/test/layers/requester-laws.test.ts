import { describeRequesterLaws } from '@liberzmq-tooling/testkit';
import { Service, stack, type Layer } from '@liberzmq/core';
import { breaker } from '../../src/layers/breaker.js';
import { coalesce } from '../../src/layers/coalesce.js';
import { concurrency } from '../../src/layers/concurrency.js';
import { fallback } from '../../src/layers/fallback.js';
import { timeout } from '../../src/layers/timeout.js';

/** The errors of the laws are for their callers: here the layers only pass them on. */
const LAYERS: Readonly<Record<string, () => Layer>> = {
  timeout: () => timeout(30_000),
  'timeout without a limit': () => timeout(Infinity),
  concurrency: () => concurrency({ maxConcurrent: 4, maxQueue: 2_000 }),
  breaker: () => breaker(),
  'breaker, per action': () => breaker({ count: { size: 20, threshold: 0.5 }, per: 'action' }),
  fallback: () => fallback('instead', { when: () => false }),
  coalesce: () => coalesce({ actions: ['act', 'warmUp'] }),
  'coalesce of other actions': () => coalesce({ actions: [] }),
};

for (const [name, makeLayer] of Object.entries(LAYERS)) {
  describeRequesterLaws(name, (handlers) => ({
    requester: makeLayer()(new Service({ handlers })),
    foreignErrors: 'unchanged',
    close: () => Promise.resolve(),
  }));
}

describeRequesterLaws('all layers in the recommended order', (handlers) => ({
  requester: stack(
    [
      fallback('instead', { when: (error) => (error as { code?: string }).code === 'BREAKER_OPEN' }),
      coalesce({ actions: ['act'] }),
      breaker({ sampling: { durationMs: 10_000, threshold: 1 } }),
      timeout(30_000),
      concurrency({ maxConcurrent: 4, maxQueue: 2_000 }),
    ],
    new Service({ handlers }),
  ),
  foreignErrors: 'unchanged',
  close: () => Promise.resolve(),
}));
