import { describe, expect, it } from '@jest/globals';
import { settleEjection, type EjectionLimits, type EjectionOptions } from '../../../src/health/ejection-options.js';
import { HealthRecord } from '../../../src/health/health-record.js';
import { outliers } from '../../../src/health/outliers.js';
import { slowStartPart } from '../../../src/health/slow-start.js';

const limitsOf = (options: EjectionOptions = {}): EjectionLimits => settleEjection('test', options) as EjectionLimits;

describe('a record of answers', () => {
  it('wants a member out after so many failures in a row, and not before', () => {
    const record = new HealthRecord(limitsOf({ consecutiveFailures: 3 }));
    expect([record.failed(), record.failed()]).toEqual([undefined, undefined]);
    record.succeeded();
    expect([record.failed(), record.failed(), record.failed()]).toEqual([undefined, undefined, '3 failures in a row']);
  });

  it('wants a member out when too large a part fails, once there are enough', () => {
    const record = new HealthRecord(limitsOf({ consecutiveFailures: Infinity, failureRate: 0.5, minRequests: 10 }));
    for (let n = 0; n < 4; n += 1) {
      record.succeeded();
      expect(record.failed()).toBeUndefined();
    }
    record.succeeded();
    expect(record.failed()).toBe('5 of 10 requests failed');
  });

  it('leaves it out for longer each time, up to a limit, and forgives a time for each good window', () => {
    const record = new HealthRecord(limitsOf({ baseMs: 100, maxMs: 250 }));
    const durations: number[] = [];
    const eject = (): void => {
      record.eject(1_000);
      durations.push((record.ejectedUntil as number) - 1_000);
      record.readmit();
    };
    eject();
    eject();
    eject();
    eject();
    record.turn();
    record.turn();
    record.turn();
    eject();
    expect(durations).toEqual([100, 200, 250, 250, 200]);
  });

  it('forgives nothing while the member is out, or fails', () => {
    const record = new HealthRecord(limitsOf({ baseMs: 100 }));
    record.eject(0);
    expect(record.isEjected).toBe(true);
    record.turn();
    record.readmit();
    expect([record.isEjected, record.ejectedUntil]).toEqual([false, undefined]);
    record.failed();
    expect(record.turn()).toEqual({ successes: 0, failures: 1 });
    record.eject(0);
    expect(record.ejectedUntil).toBe(200);
  });

  it('begins anew when the member is back', () => {
    const record = new HealthRecord(limitsOf({ consecutiveFailures: 2 }));
    record.failed();
    record.eject(0);
    record.readmit();
    expect([record.failed(), record.failed()]).toEqual([undefined, '2 failures in a row']);
  });
});

describe('outliers', () => {
  const counts = (...rates: number[]): Map<string, { successes: number; failures: number }> =>
    new Map(rates.map((rate, n) => [`m${n}`, { successes: 100 * rate, failures: 100 - 100 * rate }]));

  it('are those that succeed far less than all', () => {
    expect(outliers(counts(1, 0.99, 1, 0.98, 1, 0.99, 1, 0.6), limitsOf())).toEqual([
      ['m7', '60.0 % of its requests succeeded, of all 94.5 %'],
    ]);
  });

  it('are none that hardly differ: one failure in 800 requests is two deviations, where the others have none', () => {
    expect(outliers(counts(1, 1, 1, 1, 1 - 1 / 800), limitsOf())).toEqual([]);
    expect(outliers(counts(1, 1, 1, 1, 0.94), limitsOf())).toEqual([]);
    expect(outliers(counts(0.8, 0.8, 0.8, 0.8, 0.79), limitsOf())).toEqual([]);
    expect(outliers(counts(1, 1, 1, 1, 0.93), limitsOf())).toHaveLength(1);
  });

  it.each([
    ['all are alike', counts(0.5, 0.5, 0.5, 0.5, 0.5, 0.5), {}],
    ['there are too few members', counts(1, 1, 1, 0), {}],
    ['there are too few requests', counts(1, 1, 1, 1, 1, 1, 0), { minRequests: 101 }],
    ['nobody asks for them', counts(1, 1, 1, 1, 1, 1, 0), { deviations: Infinity }],
  ])('are none where %s', (_what, members, options) => {
    expect(outliers(members, limitsOf(options))).toEqual([]);
  });
});

describe('the options of ejection', () => {
  it('have defaults, and may be switched off', () => {
    expect(limitsOf({ baseMs: 5, maxMs: undefined })).toMatchObject({
      consecutiveFailures: 5,
      baseMs: 5,
      maxMs: 300_000,
    });
    expect(settleEjection('test', undefined)).toEqual(limitsOf());
    expect(settleEjection('test', false)).toBeUndefined();
  });

  it.each([
    { consecutiveFailures: 0 },
    { failureRate: 0 },
    { failureRate: 1.1 },
    { deviations: -1 },
    { minRequests: 0.5 },
    { windowMs: 0 },
    { maxShare: 2 },
    { share: 1 },
    true,
  ])('are refused: %j', (options) => {
    expect(() => settleEjection('test', options as EjectionOptions)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
  });
});

it.each([
  [0, 1_000, 0.1],
  [50, 1_000, 0.1],
  [500, 1_000, 0.5],
  [1_000, 1_000, 1],
  [5_000, 1_000, 1],
  [0, 0, 1],
])('after %d of %d ms a member has this part of its weight: %d', (since, slowStartMs, part) => {
  expect(slowStartPart(since, slowStartMs)).toBe(part);
});
