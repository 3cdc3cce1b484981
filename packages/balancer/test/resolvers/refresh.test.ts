import { describe, expect, it, jest } from '@jest/globals';
import { configureLogging, getLogger, Service } from '@liberzmq/core';
import { EventHub } from '@liberzmq/core/requesters';
import { pass, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import type { BalancerEvents } from '../../src/balancer-events.js';
import type { MemberOptions } from '../../src/index.js';
import { Departures } from '../../src/members/departures.js';
import { MemberSet } from '../../src/members/member-set.js';
import type { MemberState } from '../../src/members/member.js';
import { Membership } from '../../src/resolvers/membership.js';
import type { ResolverListener, ResolverWatch } from '../../src/resolvers/resolver.js';

configureLogging({ level: 'silent' });

const [ONE, OTHER] = ['tcp://10.0.0.1:1', 'tcp://10.0.0.2:1'];

/** Members that are told by the test, and connected to nothing. */
function told(watch: Partial<ResolverWatch> = {}) {
  const events = new EventHub<BalancerEvents>();
  const nothing = () => undefined;
  const set = new MemberSet(
    { client: {}, timeoutMs: 1_000, ejection: undefined, panicThreshold: 0, slowStartMs: 0 },
    { events, log: getLogger('test'), onAvailability: nothing, onReturn: nothing, onProbation: nothing },
  );
  let listener!: ResolverListener;
  const refresh = jest.fn();
  const resolver = {
    watch: (given: ResolverListener) => {
      listener = given;
      return { refresh, close: () => Promise.resolve(), ...watch };
    },
  };
  const membership = new Membership(resolver, { set, events, departures: new Departures(getLogger('test')) });
  membership.start();
  const tell = (...members: MemberOptions[]) => {
    listener.onMembers(members);
  };
  const change = (member: string, state: MemberState) => {
    events.emit('stateChanged', { member, state, previous: 'healthy', why: undefined });
  };
  return { events, set, membership, refresh, tell, change };
}

const reachable = (key: string): MemberOptions => ({ key, requester: new Service() });

describe('a list that may be out of date', () => {
  useFakeClock();

  it('is looked up again when the connection to one of its members is lost, and for no other reason', async () => {
    const { membership, set, refresh, tell, change } = told();
    tell(reachable('a'), reachable('b'));
    set.add(reachable('own'));
    for (const state of ['healthy', 'warming', 'draining', 'unhealthy', 'ejected'] as const) change('a', state);
    change('own', 'disconnected');
    await pass(10_000);
    expect(refresh).not.toHaveBeenCalled();
    change('a', 'disconnected');
    expect(refresh).toHaveBeenCalledTimes(1);
    change('b', 'disconnected');
    expect(refresh).toHaveBeenCalledTimes(2);
    tell(reachable('b'));
    change('a', 'disconnected');
    expect(refresh).toHaveBeenCalledTimes(2);
    await membership.close();
    change('b', 'disconnected');
    expect(refresh).toHaveBeenCalledTimes(2);
  });

  it('is looked up again when none of its members is reached within a second', async () => {
    const { membership, set, refresh, tell } = told();
    tell({ address: ONE }, { address: OTHER });
    await pass(999);
    expect(refresh).not.toHaveBeenCalled();
    await pass(1);
    expect(refresh).toHaveBeenCalledTimes(1);
    await pass(60_000);
    expect(refresh).toHaveBeenCalledTimes(1);
    tell({ address: ONE });
    set.get(ONE)!.isConnected = true;
    await pass(1_000);
    expect(refresh).toHaveBeenCalledTimes(1);
    // Nobody is no list that could be out of date by itself.
    tell();
    await pass(1_000);
    expect(refresh).toHaveBeenCalledTimes(1);
    tell({ address: OTHER });
    await membership.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('stays as it is where the resolver is told of changes by itself', async () => {
    const { membership, events, tell, change } = told({ refresh: undefined } as object);
    const failed = jest.fn();
    events.on('resolverFailed', failed);
    tell({ address: ONE });
    change(ONE, 'disconnected');
    await pass(1_000);
    expect(failed).not.toHaveBeenCalled();
    await membership.close();
  });

  it('is no worse for a resolver that throws', async () => {
    const error = new Error('broken');
    const { membership, events, tell, change } = told({
      refresh: () => {
        throw error;
      },
    });
    const failed: unknown[] = [];
    events.on('resolverFailed', (event) => failed.push(event.error));
    tell(reachable('a'));
    change('a', 'disconnected');
    expect(failed).toEqual([error]);
    await membership.close();
  });
});
