import { expect, it } from '@jest/globals';
import { LossCount } from '../../src/members/loss-count.js';

type Step = 'connected' | 'disconnected' | 'lost' | 'not sent';

/** How many failures are counted. */
function counted(steps: readonly Step[]): number {
  const losses = new LossCount();
  let isConnected = false;
  let count = 0;
  for (const step of steps) {
    if (step === 'connected') losses.connected();
    else if (step === 'disconnected' ? losses.disconnected() : losses.failed(isConnected, step === 'lost')) count += 1;
    if (step === 'connected' || step === 'disconnected') isConnected = step === 'connected';
  }
  return count;
}

it.each<[string, number, readonly Step[]]>([
  ['when the loss is told before the requests', 1, ['connected', 'disconnected', 'lost', 'lost', 'not sent']],
  ['when the loss is told after the requests', 1, ['connected', 'lost', 'lost', 'disconnected', 'not sent']],
  ['when it is told in between', 1, ['connected', 'lost', 'disconnected', 'lost']],
  ['for each connection', 2, ['connected', 'disconnected', 'lost', 'connected', 'lost', 'disconnected']],
  ['where nothing was lost with it', 0, ['connected', 'disconnected', 'connected', 'disconnected']],
  ['while it lasts', 0, ['connected', 'lost', 'lost']],
  ['where the server takes nothing more before it goes', 0, ['connected', 'not sent', 'not sent', 'disconnected']],
])('a lost connection %s is counted %d times', (_when, times, steps) => {
  expect(counted(steps)).toBe(times);
});
