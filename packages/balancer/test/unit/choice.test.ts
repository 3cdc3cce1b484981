import { describe, expect, it } from '@jest/globals';
import { Service } from '@liberzmq/core';
import { choose } from '../../src/members/choice.js';
import { Member, type MemberState } from '../../src/members/member.js';
import { settleEjection } from '../../src/health/ejection-options.js';

const ejection = settleEjection('test', {});

function memberOf(key: string, state: MemberState | 'not serving' = 'healthy', tier = 0): Member {
  const member = new Member({ key, requester: new Service(), weight: 1, tier, client: undefined, ejection });
  if (state === 'disconnected') member.isConnected = false;
  if (state === 'draining') member.hasSaidGoodbye = true;
  if (state === 'unhealthy') member.checked = 'FAILING';
  if (state === 'not serving') member.checked = 'NOT_SERVING';
  if (state === 'ejected') member.record?.eject(0);
  if (state === 'warming') member.warmingSince = 0;
  return member;
}

const chosen = (members: readonly Member[], panic = 0.5): unknown[] =>
  choose(members, panic).map(({ members: own, part }) => [own.map(({ key }) => key).join(), Math.round(part * 100)]);

describe('requests are spread', () => {
  it('among all that are available', () => {
    const members = [memberOf('a'), memberOf('b', 'warming'), memberOf('c', 'ejected'), memberOf('d')];
    expect(chosen(members)).toEqual([['a,b,d', 100]]);
  });

  it.each<MemberState | 'not serving'>(['disconnected', 'draining', 'unhealthy', 'not serving', 'ejected'])(
    'not to one that is %s',
    (state) => {
      const members = [memberOf('a'), memberOf('b', state), memberOf('c')];
      expect(chosen(members)).toEqual([['a,c', 100]]);
      expect(members[1]?.state).toBe(state === 'not serving' ? 'unhealthy' : state);
    },
  );

  it('not to one that is a member no more', () => {
    const members = [memberOf('a'), memberOf('b')];
    (members[0] as Member).isRemoved = true;
    expect(chosen(members)).toEqual([['b', 100]]);
  });

  it('among all that are not known to be away when too few are available', () => {
    const states = ['healthy', 'ejected', 'unhealthy', 'disconnected', 'draining', 'not serving'] as const;
    const members = states.map((state, n) => memberOf(`m${n}`, state));
    expect(chosen(members)).toEqual([['m0,m1,m2', 100]]);
    expect(chosen(members, 0)).toEqual([['m0', 100]]);
  });

  it.each(['disconnected', 'draining', 'not serving'] as const)(
    'among the few that are well, however many are %s: that is a fact',
    (state) => {
      const away = Array.from({ length: 9 }, (_, n) => memberOf(`away ${n}`, state));
      expect(chosen([memberOf('a'), ...away])).toEqual([['a', 100]]);
      // One in doubt of two that could be asked.
      expect(chosen([memberOf('a'), memberOf('b', 'ejected'), ...away])).toEqual([['a', 100]]);
      expect(chosen([memberOf('a'), memberOf('b', 'ejected'), memberOf('c', 'unhealthy'), ...away])).toEqual([
        ['a,b,c', 100],
      ]);
    },
  );

  it('not to one that says itself that it does not serve, when it was left out as well', () => {
    const member = memberOf('a', 'ejected');
    member.checked = 'NOT_SERVING';
    expect(chosen([member])).toEqual([]);
  });

  it('also without a threshold, if none is available', () => {
    expect(chosen([memberOf('a', 'ejected'), memberOf('b', 'disconnected')], 0)).toEqual([['a', 100]]);
  });

  it('nowhere if none can be reached', () => {
    expect(chosen([memberOf('a', 'disconnected'), memberOf('b', 'draining'), memberOf('c', 'not serving')])).toEqual(
      [],
    );
    expect(chosen([])).toEqual([]);
  });
});

describe('tiers', () => {
  const tiers = (first: readonly MemberState[], second: readonly MemberState[]): Member[] => [
    ...second.map((state, n) => memberOf(`b${n}`, state, 1)),
    ...first.map((state, n) => memberOf(`a${n}`, state, 0)),
  ];

  it('the first one takes all as long as most of it is there', () => {
    expect(chosen(tiers(['healthy', 'healthy', 'healthy', 'ejected'], ['healthy']))).toEqual([['a0,a1,a2', 100]]);
  });

  it('the next one takes what the first one cannot', () => {
    const members = tiers(['healthy', 'unhealthy'], ['healthy', 'healthy']);
    expect(chosen(members)).toEqual([
      ['a0', 70],
      ['b0,b1', 30],
    ]);
  });

  it('the next one takes all when the first one is gone', () => {
    expect(chosen(tiers(['disconnected'], ['healthy', 'healthy']))).toEqual([['b0,b1', 100]]);
  });

  it('what is left takes all when there is not enough of any', () => {
    const members = tiers(['healthy', 'ejected', 'ejected', 'ejected'], ['healthy', 'ejected', 'ejected', 'ejected']);
    expect(chosen(members, 0)).toEqual([
      ['a0', 50],
      ['b0', 50],
    ]);
  });
});
