import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Circuit, type CircuitState } from '../../src/layers/circuit.js';
import { ConsecutiveFailures } from '../../src/layers/consecutive-failures.js';
import { CountedFailures } from '../../src/layers/counted-failures.js';
import { SampledFailures } from '../../src/layers/sampled-failures.js';

const OPEN_TIME = { firstMs: 100, maxMs: 350 };

function circuitAfter(failures: number): Circuit {
  const circuit = new Circuit(new ConsecutiveFailures(failures), OPEN_TIME);
  for (let n = 0; n < failures; n += 1) circuit.report(circuit.admit(0) as number, 'unwell', 0);
  return circuit;
}

describe('a circuit', () => {
  it('opens, lets one through after its time, and is closed when that went well', () => {
    const circuit = circuitAfter(2);
    expect([circuit.state, circuit.admit(99), circuit.retryAfterMs(40)]).toEqual(['open', undefined, 60]);
    const probe = circuit.admit(100);
    expect([circuit.state, circuit.admit(100), circuit.retryAfterMs(100)]).toEqual(['half-open', undefined, undefined]);
    circuit.report(probe as number, 'well', 120);
    expect([circuit.state, typeof circuit.admit(120)]).toEqual(['closed', 'number']);
  });

  it('stays open twice as long with each probe that fails, up to the most, and begins anew once it was closed', () => {
    const circuit = circuitAfter(1);
    let now = 0;
    const times: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      const wait = circuit.retryAfterMs(now) as number;
      times.push(wait);
      now += wait;
      circuit.report(circuit.admit(now) as number, 'unwell', now);
    }
    expect(times).toEqual([100, 200, 350, 350]);
    now += circuit.retryAfterMs(now) as number;
    circuit.report(circuit.admit(now) as number, 'well', now);
    circuit.report(circuit.admit(now) as number, 'unwell', now);
    expect([circuit.state, circuit.retryAfterMs(now)]).toEqual(['open', 100]);
  });

  it('lets another one through when its probe has told nothing', () => {
    const circuit = circuitAfter(1);
    circuit.report(circuit.admit(100) as number, 'silent', 110);
    expect(circuit.state).toBe('half-open');
    const probe = circuit.admit(110);
    expect([typeof probe, circuit.admit(110)]).toEqual(['number', undefined]);
    circuit.report(probe as number, 'well', 120);
    expect(circuit.state).toBe('closed');
  });

  it.each(['well', 'unwell', 'silent'] as const)('takes no notice of what began earlier and goes %s', (verdict) => {
    const circuit = new Circuit(new ConsecutiveFailures(1), OPEN_TIME);
    const [early, bad] = [circuit.admit(0) as number, circuit.admit(0) as number];
    circuit.report(bad, 'unwell', 0);
    circuit.report(early, verdict, 50);
    expect([circuit.state, circuit.retryAfterMs(50)]).toEqual(['open', 50]);
    const probe = circuit.admit(100) as number;
    circuit.report(early, verdict, 110);
    expect([circuit.state, circuit.admit(110)]).toEqual(['half-open', undefined]);
    circuit.report(probe, 'well', 120);
    circuit.report(early, verdict, 130);
    expect(circuit.state).toBe('closed');
  });

  it('behaves as a model does, whatever happens', () => {
    const step = fc.oneof(
      fc.constant('ask' as const),
      fc.tuple(fc.nat(), fc.constantFrom('well' as const, 'unwell' as const, 'silent' as const)),
      fc.integer({ min: 1, max: 200 }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 100 }), (most, steps) => {
        const circuit = new Circuit(new ConsecutiveFailures(most), OPEN_TIME);
        let state = 'closed' as CircuitState;
        let [now, inARow, openings, retryAt, era] = [0, 0, 0, 0, 0];
        let isProbing = false;
        const asked: { period: number; era: number }[] = [];
        const enter = (next: CircuitState): void => {
          state = next;
          era += 1;
        };
        const open = (): void => {
          retryAt = now + Math.min([100, 200, 400][Math.min(openings, 2)] as number, 350);
          openings += 1;
          enter('open');
        };
        for (const each of steps) {
          if (typeof each === 'number') now += each;
          else if (each === 'ask') {
            if (state === 'open' && now >= retryAt) enter('half-open');
            const mayGo = state === 'closed' || (state === 'half-open' && !isProbing);
            if (state === 'half-open') isProbing = true;
            const period = circuit.admit(now);
            expect(period !== undefined).toBe(mayGo);
            if (period !== undefined) asked.push({ period, era });
          } else {
            const [one] = asked.splice(each[0] % Math.max(1, asked.length), 1);
            if (one === undefined) continue;
            circuit.report(one.period, each[1], now);
            if (one.era !== era) continue;
            isProbing = false;
            if (each[1] === 'silent') continue;
            if (state === 'closed') {
              inARow = each[1] === 'unwell' ? inARow + 1 : 0;
              if (inARow >= most) open();
            } else if (each[1] === 'unwell') open();
            else {
              inARow = openings = 0;
              enter('closed');
            }
          }
          expect(circuit.state).toBe(state);
        }
      }),
    );
  });
});

describe('too many', () => {
  it('in a row are so many without a success between them', () => {
    const tally = new ConsecutiveFailures(3);
    const added = [true, true, false, true, true, true].map((failed) => tally.add(failed));
    expect(added).toEqual([false, false, false, false, false, true]);
    tally.clear();
    expect(tally.add(true)).toBe(false);
  });

  it('of the last ones are a share of them, found as by counting anew', () => {
    const rule = fc.record({ size: fc.integer({ min: 1, max: 8 }), threshold: fc.constantFrom(0.1, 0.25, 0.5, 1) });
    fc.assert(
      fc.property(rule, fc.nat(), fc.array(fc.boolean(), { maxLength: 60 }), (known, more, results) => {
        const minimum = 1 + (more % known.size);
        const tally = new CountedFailures({ ...known, minimum });
        results.forEach((failed, index) => {
          const last = results.slice(Math.max(0, index + 1 - known.size), index + 1);
          const failures = last.filter(Boolean).length;
          const isTooMuch = failed && last.length >= minimum && failures >= known.threshold * last.length;
          expect(tally.add(failed)).toBe(isTooMuch);
        });
      }),
    );
  });

  it('of the last ones are none until there are as many as looked at, unless told otherwise', () => {
    const tally = new CountedFailures({ size: 4, threshold: 0.5 });
    expect([true, true, true, true].map((failed) => tally.add(failed))).toEqual([false, false, false, true]);
    tally.clear();
    expect(tally.add(true)).toBe(false);
  });

  it('of the last time are a share of what came in it', () => {
    const tally = new SampledFailures({ durationMs: 1_000, threshold: 0.5, minimumPerSecond: 4 });
    expect([0, 100, 200].map((now) => tally.add(true, now))).toEqual([false, false, false]);
    expect([300, 400, 500].map((now) => tally.add(false, now))).toEqual([false, false, false]);
    expect(tally.add(true, 600)).toBe(true);
    // At 1,250 those of 0 to 200 are forgotten: two of five have failed, and then three of six.
    expect([tally.add(true, 1_250), tally.add(true, 1_260)]).toEqual([false, true]);
    tally.clear();
    expect(tally.add(true, 1_270)).toBe(false);
  });

  it('of the last time are at least so many a second', () => {
    const tally = new SampledFailures({ durationMs: 10_000, threshold: 0.1 });
    const added = Array.from({ length: 10 }, (_, n) => tally.add(true, n * 900));
    expect(added.indexOf(true)).toBe(9);
    // However long nothing came, what is old counts no more.
    expect(tally.add(true, 1_000_000)).toBe(false);
  });
});
