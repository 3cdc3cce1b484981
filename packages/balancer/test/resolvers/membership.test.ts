import { afterEach, describe, expect, it } from '@jest/globals';
import { configureLogging, Server, Service, type Requester } from '@liberzmq/core';
import { fixed, LoadBalancedClient, type LoadBalancedClientOptions, type MemberOptions } from '../../src/index.js';
import { Member } from '../../src/members/member.js';
import type { Resolver, ResolverListener } from '../../src/resolvers/resolver.js';
import { until } from './recorder.js';

configureLogging({ level: 'silent' });

const opened: { close(options?: { timeoutMs: number }): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close({ timeoutMs: 0 });
});

/** Tells what the test tells it to. */
class Told implements Resolver {
  listener: ResolverListener | undefined;
  closed = 0;

  watch(listener: ResolverListener) {
    this.listener = listener;
    return {
      close: async () => {
        this.closed += 1;
      },
    };
  }

  tell(...members: readonly MemberOptions[]): void {
    this.listener?.onMembers(members);
  }
}

/** A member that answers with its name, as long as it is not closed; `wait` is answered when `finish` is called. */
class Named implements Requester {
  closed = 0;
  finish: () => void = () => undefined;
  constructor(readonly key: string) {}

  async sendRequest(action: string): Promise<unknown> {
    if (action === 'wait') await new Promise<void>((resolve) => (this.finish = resolve));
    return this.key;
  }

  close(): Promise<void> {
    this.closed += 1;
    this.finish();
    return Promise.resolve();
  }
}

const named = (key: string, options: Pick<MemberOptions, 'weight' | 'tier'> = {}) => ({
  key,
  requester: new Named(key),
  ...options,
});

function balancer(options: LoadBalancedClientOptions): LoadBalancedClient {
  const client = new LoadBalancedClient({ healthCheck: false, strategy: 'first', ...options });
  opened.push(client);
  return client;
}

/** A client that has begun to listen. */
function listening(options: Omit<LoadBalancedClientOptions, 'resolver'> = {}) {
  const resolver = new Told();
  const client = balancer({ resolver, ...options });
  const events: string[] = [];
  client.on('memberAdded', ({ member }) => events.push(`+${member}`));
  client.on('memberRemoved', ({ member }) => events.push(`-${member}`));
  const connected = client.connect();
  connected.catch(() => undefined);
  return { resolver, client, events, connected };
}

const keysOf = (client: LoadBalancedClient) => client.stats().members.map(({ member }) => member);

describe('a client with a resolver', () => {
  it('does not ask it before it is used, and closes its watch with itself', async () => {
    const resolver = new Told();
    const client = balancer({ resolver });
    expect(resolver.listener).toBeUndefined();
    const connected = client.connect();
    resolver.tell(named('a'));
    await connected;
    await client.close();
    await client.close();
    expect(resolver.closed).toBe(1);
    resolver.tell(named('b'));
    expect(keysOf(client)).toEqual(['a']);
  });

  it('has requests wait for the first list', async () => {
    const { resolver, client } = listening();
    const request = client.sendRequest('who');
    await until(() => client.stats().waiting === 2);
    resolver.tell(named('a'));
    expect(await request).toBe('a');
  });

  it('says what it waited for', async () => {
    const { resolver, client } = listening({ timeoutMs: 20 });
    await expect(client.sendRequest('who')).rejects.toMatchObject({
      code: 'UNREACHABLE',
      outcome: 'not-sent',
      message: expect.stringContaining('the resolver has not found out which servers there are'),
    });
    const failed: unknown[] = [];
    client.on('resolverFailed', ({ error }) => failed.push(error));
    const error = new Error('no answer');
    resolver.listener?.onError(error);
    expect(failed).toEqual([error]);
    await expect(client.sendRequest('who')).rejects.toThrow('which servers there are: no answer');
    resolver.tell();
    await expect(client.sendRequest('who')).rejects.toThrow('the resolver knows of no servers');
  });

  it('takes in those that are new, lets go those that are gone, and leaves the others alone', async () => {
    const { resolver, client, events } = listening();
    const [a, b, c] = [named('a'), named('b'), named('c')];
    resolver.tell(a, b);
    resolver.tell(a, b);
    await client.sendRequest('who');
    resolver.tell(c, a);
    expect(events).toEqual(['+a', '+b', '+c', '-b']);
    expect(keysOf(client)).toEqual(['a', 'c']);
    expect([a, b, c].map(({ requester }) => requester.closed)).toEqual([0, 1, 0]);
    expect(client.stats().members[0]?.requests).toBe(1);
    resolver.tell();
    expect(keysOf(client)).toEqual([]);
  });

  it('lets one that is gone finish what it has under way', async () => {
    const { resolver, client } = listening();
    const [a, b] = [named('a'), named('b')];
    resolver.tell(a, b);
    const running = client.sendRequest('wait');
    resolver.tell(b);
    expect(await client.sendRequest('who')).toBe('b');
    expect(a.requester.closed).toBe(0);
    a.requester.finish();
    expect(await running).toBe('a');
    await until(() => a.requester.closed === 1);
    // What comes back is another one.
    const again = named('a');
    resolver.tell(b, again);
    expect(keysOf(client)).toEqual(['b', 'a']);
  });

  it.each<[string, () => unknown]>([
    ['returns nothing', () => undefined],
    [
      'throws',
      () => {
        throw new Error('it cannot be closed');
      },
    ],
    ['rejects', () => Promise.reject(new Error('it cannot be closed'))],
  ])('closes all also where the watch %s when it is closed', async (_what, close) => {
    const a = named('a');
    const client = balancer({
      resolver: {
        watch: ({ onMembers }) => {
          onMembers([a]);
          return { close: close as () => Promise<void> };
        },
      },
    });
    await client.sendRequest('act');
    await client.close();
    expect(a.requester.closed).toBe(1);
  });

  it('closes those that are leaving with itself', async () => {
    const { resolver, client } = listening();
    const a = named('a');
    resolver.tell(a);
    const running = client.sendRequest('wait');
    resolver.tell(named('b'));
    await client.close({ timeoutMs: 0 });
    expect(a.requester.closed).toBe(1);
    expect(await running).toBe('a');
  });

  it('changes weight and tier without a new connection', async () => {
    const { resolver, client, events } = listening();
    const [a, b] = [named('a'), named('b', { tier: 1 })];
    resolver.tell(a, b);
    expect(await client.sendRequest('who')).toBe('a');
    resolver.tell({ ...a, weight: 3, tier: 2 }, b);
    expect(client.stats().members).toMatchObject([
      { member: 'a', weight: 3, tier: 2, requests: 1 },
      { member: 'b', weight: 1, tier: 1 },
    ]);
    expect(await client.sendRequest('who')).toBe('b');
    resolver.tell(a, b);
    expect(await client.sendRequest('who')).toBe('a');
    expect(events).toEqual(['+a', '+b']);
  });

  it('leaves one that starts slowly the part of its weight that it has', () => {
    const member = new Member({ ...named('a'), weight: 2, tier: 0, client: undefined, ejection: undefined });
    member.warmingSince = 1;
    member.weight = 0.5;
    member.place(4, 1);
    expect(member).toMatchObject({ weight: 1, fullWeight: 4, tier: 1 });
  });

  it('puts another one in the place of one whose address has changed', async () => {
    const { resolver, client, events } = listening();
    const [before, after] = [named('a'), named('a')];
    resolver.tell(before);
    resolver.tell(after);
    expect(events).toEqual(['+a', '-a', '+a']);
    expect(before.requester.closed).toBe(1);
    expect(await client.sendRequest('who')).toBe('a');
    expect(after.requester.closed).toBe(0);
  });

  it('leaves out what is no member, and takes of two with one key the first', () => {
    const { resolver, client } = listening();
    const failed: unknown[] = [];
    client.on('resolverFailed', ({ error }) => failed.push(error));
    resolver.tell(named('a'), { address: 'nowhere' }, { weight: 1 }, named('a', { weight: 7 }), named('b'));
    expect(client.stats().members).toMatchObject([{ member: 'a', weight: 1 }, { member: 'b' }]);
    expect(failed).toMatchObject([{ code: 'BAD_OPTION' }, { code: 'BAD_ADDRESS' }]);
    resolver.listener?.onMembers('a' as never);
    expect(keysOf(client)).toEqual(['a', 'b']);
    expect(failed[2]).toMatchObject({ code: 'BAD_OPTION', message: expect.stringContaining('array of members') });
  });

  it('says of each that is no member once why, and why nobody is left', async () => {
    const { resolver, client } = listening({ timeoutMs: 20 });
    const failed: unknown[] = [];
    client.on('resolverFailed', ({ error }) => failed.push(error));
    const bad = { address: '10.0.0.1:5556' };
    resolver.tell(bad, { weight: 1 });
    resolver.tell(bad, { weight: 1 });
    expect(failed).toHaveLength(2);
    resolver.tell(bad);
    await expect(client.sendRequest('who')).rejects.toThrow(
      "the resolver knows of no servers that can be used: '10.0.0.1:5556' is not an address",
    );
    resolver.tell(named('a'));
    resolver.tell(named('a'), bad);
    expect(failed).toHaveLength(3);
  });

  it('leaves members alone that were added by hand, and one that was removed by hand away', async () => {
    const { resolver, client } = listening();
    const own = named('own');
    client.addMember(own);
    const [a, b] = [named('a'), named('b')];
    resolver.tell(a, b, named('own'));
    resolver.tell(a, b);
    expect(keysOf(client)).toEqual(['own', 'a', 'b']);
    await client.removeMember('a');
    resolver.tell({ ...a, weight: 2 }, b);
    expect(keysOf(client)).toEqual(['own', 'b']);
    resolver.tell(b);
    resolver.tell(named('a'), b);
    expect(keysOf(client)).toEqual(['own', 'b', 'a']);
  });

  it('leaves one alone that is on the list and there by hand, whichever was first', async () => {
    const { resolver, client, events } = listening();
    const failed: unknown[] = [];
    client.on('resolverFailed', ({ error }) => failed.push(error));
    const [listed, own] = [named('a'), named('a')];
    // On the list first.
    resolver.tell(listed);
    await client.removeMember('a');
    client.addMember(own);
    resolver.tell({ ...listed, weight: 5 });
    expect(client.stats().members).toMatchObject([{ member: 'a', weight: 1 }]);
    resolver.tell();
    expect(keysOf(client)).toEqual(['a']);
    // By hand first.
    resolver.tell(listed);
    resolver.tell(listed);
    expect(failed).toEqual([]);
    expect(await client.sendRequest('who')).toBe('a');
    expect(own.requester.closed).toBe(0);
    await client.removeMember('a');
    const b = named('b');
    resolver.tell(listed, b);
    expect(keysOf(client)).toEqual(['b']);
    resolver.tell(b);
    resolver.tell(named('a'), b);
    expect(keysOf(client)).toEqual(['b', 'a']);
    expect(events).toEqual(['+a', '-a', '+a', '-a', '+b', '+a']);
  });

  it('closes the watch of a resolver that tells at once, to a listener that closes the client', async () => {
    let [begun, ended, hasLetGo] = [0, 0, false];
    const client = balancer({
      resolver: {
        watch: ({ onMembers }) => {
          begun += 1;
          onMembers([named('a'), named('b')]);
          return {
            close: async () => {
              ended += 1;
              await new Promise((resolve) => setImmediate(resolve));
              hasLetGo = true;
            },
          };
        },
      },
    });
    let closed: Promise<void> | undefined;
    client.on('memberAdded', () => {
      closed ??= client.close();
    });
    await expect(client.sendRequest('who')).rejects.toMatchObject({ code: 'CLOSED' });
    await closed;
    expect([begun, ended, hasLetGo]).toEqual([1, 1, true]);
    expect(keysOf(client)).toEqual(['a']);
  });

  it('survives a resolver that throws', async () => {
    const client = balancer({
      resolver: {
        watch: () => {
          throw new Error('broken');
        },
      },
    });
    await expect(client.sendRequest('who', undefined, { timeoutMs: 20 })).rejects.toThrow('broken');
    const hanging = balancer({
      resolver: { watch: () => ({ close: () => new Promise<never>(() => undefined) }) },
    });
    await hanging.connect({ timeoutMs: 5 }).catch(() => undefined);
    await hanging.close({ timeoutMs: 20 });
    const failing = balancer({ resolver: { watch: () => ({ close: () => Promise.reject(new Error('broken')) }) } });
    await failing.connect({ timeoutMs: 5 }).catch(() => undefined);
    await failing.close();
  });

  it('may have it in common with others', async () => {
    const service = new Service({ handlers: { who: () => 'server' } });
    const server = new Server({ address: 'tcp://127.0.0.1:*', service });
    await server.startServer();
    opened.push(server);
    const resolver = fixed([server.boundAddress as string]);
    const [one, other] = [balancer({ resolver }), balancer({ resolver })];
    expect(await one.sendRequest('who')).toBe('server');
    await one.close();
    expect(await other.sendRequest('who')).toBe('server');
  });

  it.each([
    [{}, "either the option 'addresses' or the option 'resolver'"],
    [{ addresses: ['tcp://127.0.0.1:1'], resolver: fixed(['tcp://127.0.0.1:1']) }, "either the option 'addresses'"],
    [{ resolver: 'dns' }, 'resolver'],
    [{ resolver: {} }, "'resolver' must be an object with a function 'watch', not an object"],
  ])('wants either addresses or a resolver: %j', (options, message) => {
    expect(() => new LoadBalancedClient(options as never)).toThrow(message);
  });
});
