import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WaitingLine, type Place } from '../../src/layers/waiting-line.js';
import { pass, stateOf, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

const step = fc.oneof(
  fc.constantFrom('append' as const, 'shift' as const),
  fc.nat().map((which) => ({ leave: which })),
);

describe('a waiting line', () => {
  it('holds the same as an array, in the same order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const line = new WaitingLine<number>();
        let model: Place<number>[] = [];
        const known: Place<number>[] = [];
        for (const each of steps) {
          if (each === 'append') {
            const place = line.append(known.length);
            known.push(place);
            model.push(place);
          } else if (each === 'shift') expect(line.shift()).toBe(model.shift()?.item);
          else {
            // One that has left already may leave again.
            const place = known[each.leave % Math.max(1, known.length)];
            if (place === undefined) continue;
            line.leave(place);
            model = model.filter((other) => other !== place);
          }
          expect(line.size).toBe(model.length);
        }
        while (model.length > 0) expect(line.shift()).toBe(model.shift()?.item);
        expect(line.shift()).toBeUndefined();
      }),
    );
  });

  it('is waited for until it is empty', async () => {
    const line = new WaitingLine<string>();
    line.append('a');
    const place = line.append('b');
    const empty = line.emptyWithin(1_000);
    line.shift();
    expect(await stateOf(empty)).toBe('pending');
    line.leave(place);
    expect(await stateOf(empty)).toBeUndefined();
  });

  it.each([0, -5])('is not waited for in %d ms', async (timeoutMs) => {
    const line = new WaitingLine<string>();
    line.append('a');
    await line.emptyWithin(timeoutMs);
    expect(line.size).toBe(1);
  });

  it('is waited for no longer than allowed, or for ever', async () => {
    const line = new WaitingLine<string>();
    line.append('a');
    const [short, ever] = [line.emptyWithin(100), line.emptyWithin(Infinity)];
    await pass(99);
    expect(await stateOf(short)).toBe('pending');
    await pass(1);
    expect(await stateOf(short)).toBeUndefined();
    await pass(1_000_000);
    expect(await stateOf(ever)).toBe('pending');
    line.shift();
    expect(await stateOf(ever)).toBeUndefined();
  });
});
