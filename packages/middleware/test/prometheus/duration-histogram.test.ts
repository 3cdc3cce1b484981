import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { DurationHistogram } from '../../src/prometheus/duration-histogram.js';
import { OperationTally } from '../../src/prometheus/operation-tally.js';

const NAME = 'took_seconds';
const BUCKETS = [0.001, 0.01, 0.25, 1, 5];
const durationMs = fc.oneof(
  fc.double({ min: 0, max: 10_000, noNaN: true }),
  fc.constantFrom(...BUCKETS.map((bound) => bound * 1_000)),
);

describe('a histogram of ours', () => {
  it("exposes what prom-client's own would", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), durationMs)), async (observed) => {
        const theirs = new Registry();
        const reference = new Histogram({
          name: NAME,
          help: 'h',
          labelNames: ['subject', 'team'],
          buckets: BUCKETS,
          registers: [theirs],
        });
        const tallies = new Map<string, OperationTally>();
        for (const [subject, took] of observed) {
          reference.observe({ subject, team: 'x' }, took / 1_000);
          const labels = { kind: 'handle', pattern: 'request', subject };
          const tally = tallies.get(subject) ?? new OperationTally(labels, BUCKETS);
          tallies.set(subject, tally);
          tally.count('ok', took);
        }
        const ours = new Registry();
        new DurationHistogram({
          name: NAME,
          help: 'h',
          labelNames: ['subject', 'team'],
          buckets: BUCKETS,
          registers: [ours],
          labels: { team: 'x' },
          tallies: () => [...tallies.values()],
        });
        expect(await lines(ours)).toEqual(await lines(theirs));
      }),
    );
  });
});

/** The lines of a register, with the labels of each in their order. */
async function lines(register: Registry): Promise<string[]> {
  const text = await register.metrics();
  return text.split('\n').map((line) => {
    const [, name = '', labels = '', value = ''] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
    return name === '' ? line : `${name}{${labels.split(',').sort().join(',')}} ${value}`;
  });
}
