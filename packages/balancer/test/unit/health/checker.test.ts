import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Service, type Requester } from '@liberzmq/core';
import { SeededRandom } from '@liberzmq-tooling/testkit';
import { pass, stateOf, turn, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { Checker } from '../../../src/health/checker.js';
import { settleHealthCheck, type HealthCheckOptions } from '../../../src/health/health-check-options.js';
import { Member } from '../../../src/members/member.js';

const COUNT = 400;
const INTERVAL_MS = 1_000;

useFakeClock();
afterEach(() => {
  jest.restoreAllMocks();
});

function memberOf(requester: Requester): Member {
  return new Member({ key: 'a', requester, weight: 1, tier: 0, client: undefined, ejection: undefined });
}

it('checks at times that are spread over the whole interval, of many that start together too, and never at once', async () => {
  const random = new SeededRandom(1);
  jest.spyOn(Math, 'random').mockImplementation(() => random.next());
  const times: number[] = [];
  const handlers = { ping: () => times.push(performance.now() - from) };
  const member = memberOf(new Service({ handlers }));
  const settings = settleHealthCheck('test', { intervalMs: INTERVAL_MS });
  const from = performance.now();
  const checkers = Array.from({ length: COUNT }, () => {
    return new Checker(settings, { members: () => [member], onVerdict: () => undefined });
  });
  for (const checker of checkers) checker.start();
  await pass(3 * INTERVAL_MS);
  for (const checker of checkers) checker.stop();
  expect(Math.min(...times)).toBeGreaterThanOrEqual(0.1 * INTERVAL_MS);
  // From the second tenth of the first interval on, each has as many as the others: 40, give or take five times the root of that.
  for (let tenth = 1; tenth < 30; tenth += 1) {
    const count = times.filter((time) => Math.floor(time / (INTERVAL_MS / 10)) === tenth).length;
    expect(Math.abs(count - COUNT / 10)).toBeLessThan(32);
  }
});

describe('a member that never answers, and knows no time', () => {
  function checkerOf(options: HealthCheckOptions) {
    const asked: number[] = [];
    const from = performance.now();
    const sendRequest = (): Promise<never> => {
      asked.push(performance.now() - from);
      return new Promise(() => undefined);
    };
    const member = memberOf({ sendRequest, close: () => Promise.resolve() });
    const verdicts: [number, string, string | undefined][] = [];
    const checker = new Checker(settleHealthCheck('test', { timeoutMs: 1_000, ...options }), {
      members: () => [member],
      onVerdict: (_member, status, why) => verdicts.push([performance.now() - from, status, why]),
    });
    return { asked, member, verdicts, checker };
  }

  it('has failed its check when the time is up, and is asked again by the next one', async () => {
    const { asked, member, verdicts, checker } = checkerOf({ unhealthyAfter: 2 });
    for (let n = 1; n <= 2; n += 1) {
      const check = checker.check(member);
      await pass(990);
      expect(await stateOf(check)).toBe('pending');
      await pass(15);
      expect(await stateOf(check)).toMatchObject({
        status: 'FAILING',
        error: { code: 'TIMEOUT', message: "'ping' took longer than 1000 ms" },
      });
      expect([asked.length, verdicts.length]).toEqual([n, n - 1]);
    }
  });

  it('is asked once by checks at the same time, and each has what comes of it', async () => {
    const { asked, member, verdicts, checker } = checkerOf({ unhealthyAfter: 2 });
    const checks = [checker.check(member), checker.check(member), checker.check(member)];
    await pass(1_005);
    expect((await Promise.all(checks)).map(({ status }) => status)).toEqual(['FAILING', 'FAILING', 'FAILING']);
    expect([asked.length, verdicts.length]).toEqual([1, 0]);
  });

  it('is found out within two checks and an interval, also where a check takes as long as an interval', async () => {
    // Each pause is as short as it can be, so that the next turn always comes too early.
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const { asked, verdicts, checker } = checkerOf({ intervalMs: 1_000 });
    checker.start();
    await pass(2_500);
    checker.stop();
    expect(verdicts).toEqual([[expect.anything(), 'FAILING', '2 checks failed']]);
    const [tookMs] = verdicts.map(([at]) => at - (asked[0] as number));
    expect(tookMs).toBeLessThan(2_020);
  });

  it('is given up when the checker stops, and nothing is concluded from that', async () => {
    const { member, verdicts, checker } = checkerOf({ unhealthyAfter: 1 });
    const check = checker.check(member);
    await pass(10);
    checker.stop();
    await turn();
    expect(await stateOf(check)).toMatchObject({ status: 'FAILING', error: { code: 'ABORTED' } });
    expect([verdicts, jest.getTimerCount()]).toEqual([[], 0]);
  });
});
