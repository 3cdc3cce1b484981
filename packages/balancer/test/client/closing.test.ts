import { afterEach, describe, expect, it } from '@jest/globals';
import { configureLogging, createError, type Requester } from '@liberzmq/core';
import { LoadBalancedClient } from '../../src/index.js';
import { Scripted } from './scripted.js';

configureLogging({ level: 'silent' });

const opened: LoadBalancedClient[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close({ timeoutMs: 0 });
});

function before(...requesters: readonly Requester[]): LoadBalancedClient {
  const addresses = requesters.map((requester, n) => ({ key: `m${n}`, requester }));
  const client = new LoadBalancedClient({ addresses, strategy: 'first', healthCheck: false });
  opened.push(client);
  return client;
}

const never = (): Promise<never> => new Promise(() => undefined);

describe('closing', () => {
  it('closes all members, whatever some of them do, and then says so', async () => {
    const broken = new Scripted(() => 1);
    broken.close = () => {
      throw new Error('close is broken');
    };
    const failing = new Scripted(() => 1);
    failing.close = () => Promise.reject(new Error('close has failed'));
    const good = new Scripted(() => 1);
    const client = before(broken, failing, good);
    const events = client.events();
    await client.close({ timeoutMs: 100 });
    expect(good.closes).toEqual([{ timeoutMs: 100 }]);
    expect((await events.next()).value).toMatchObject({ type: 'closed' });
    expect((await events.next()).done).toBe(true);
  });

  it('does not wait for ever for a member that is never closed', async () => {
    const endless = new Scripted(() => 1);
    endless.close = never;
    const from = performance.now();
    await before(endless).close({ timeoutMs: 50 });
    expect(performance.now() - from).toBeLessThan(20_000);
  });

  it('has those tried at once that wait to be tried again', async () => {
    const member = new Scripted((call) => (call === 1 ? createError('OVERLOADED', 'busy') : 'done'));
    const client = before(member);
    const retried = new Promise((resolve) => client.on('retried', resolve));
    const request = client.sendRequest('act', 1, { timeoutMs: Infinity });
    await retried;
    await client.close();
    expect(await request).toBe('done');
  });

  it('leaves nothing that waits, also if it comes while somebody is told that a request is tried again', async () => {
    const member = new Scripted(() => createError('OVERLOADED', 'busy', { details: { retryAfterMs: 60_000 } }));
    const client = before(member);
    client.on('retried', () => void client.close());
    await expect(client.sendRequest('act', 1, { timeoutMs: Infinity })).rejects.toMatchObject({ code: 'OVERLOADED' });
    await client.close();
  });

  it('asks nobody for those who have aborted meanwhile', async () => {
    const member = new Scripted((call) => (call === 1 ? createError('OVERLOADED', 'busy') : never()));
    const client = before(member);
    const controller = new AbortController();
    client.on('retried', () => {
      void client.close();
      controller.abort();
    });
    const request = client.sendRequest('act', 1, { timeoutMs: 60_000, signal: controller.signal });
    await expect(request).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    expect(member.calls).toHaveLength(1);
  });

  it('tries nothing again that fails from then on', async () => {
    const member = new Scripted(() => createError('OVERLOADED', 'busy', { details: { retryAfterMs: 60_000 } }));
    const client = before(member);
    const retried = new Promise((resolve) => client.on('retried', resolve));
    const request = client.sendRequest('act', 1, { timeoutMs: Infinity });
    await retried;
    const closed = client.close();
    await expect(request).rejects.toMatchObject({ code: 'OVERLOADED' });
    await closed;
    expect(member.calls).toHaveLength(2);
  });

  it('leaves nothing to be done to what is closed', async () => {
    const client = before(new Scripted(() => 1));
    await client.close();
    await expect(client.removeMember('m0')).rejects.toMatchObject({ code: 'CLOSED' });
    expect(() => client.addMember('tcp://127.0.0.1:9')).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    expect(() => client.addMiddleware({ name: 'late' })).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });
});

describe('a member that is taken out', () => {
  it('finishes what it has, however long that takes, and what it does not finish goes to another one', async () => {
    let answer!: (value: string) => void;
    const slow = new Scripted(() => new Promise<string>((resolve) => (answer = resolve)));
    const client = before(slow, new Scripted(() => 'other'));
    const request = client.sendRequest('act');
    const removed = client.removeMember('m0');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(slow.closes).toEqual([]);
    answer('done');
    expect([await request, await removed, slow.closes.length]).toEqual(['done', true, 1]);
  });

  it('may be given less time', async () => {
    const slow = new Scripted(never);
    const client = before(slow, new Scripted(() => 'other'));
    const request = client.sendRequest('act', 1, { timeoutMs: 200 });
    expect(await client.removeMember('m0', { timeoutMs: 10 })).toBe(true);
    expect(slow.closes).toEqual([{ timeoutMs: 10 }]);
    await expect(request).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('is left to itself when it is never closed', async () => {
    const endless = new Scripted(() => 'm0');
    endless.close = never;
    const client = before(endless, new Scripted(() => 'm1'));
    const from = performance.now();
    expect(await client.removeMember('m0', { timeoutMs: 10 })).toBe(true);
    expect(performance.now() - from).toBeLessThan(15_000);
    expect(await client.sendRequest('act')).toBe('m1');
  });

  it('stays where it is if the options are wrong', async () => {
    const client = before(new Scripted(() => 'm0'), new Scripted(() => 'm1'));
    await expect(client.removeMember('m0', { timeoutMs: -1 })).rejects.toMatchObject({ code: 'BAD_OPTION' });
    expect(await client.sendRequest('act')).toBe('m0');
  });

  it('is closed with the client at the latest', async () => {
    const slow = new Scripted(never);
    const client = before(slow, new Scripted(() => 'other'));
    const request = client.sendRequest('act', 1, { timeoutMs: 200 });
    const removed = client.removeMember('m0');
    await client.close({ timeoutMs: 0 });
    expect([await removed, slow.closes]).toEqual([true, [{ timeoutMs: 0 }]]);
    await expect(request).rejects.toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('a member that never answers', () => {
  it('is given up in time, and when the caller aborts', async () => {
    const client = before(new Scripted(never));
    await expect(client.sendRequest('act', 1, { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      outcome: 'unknown',
      message: "request 'act' to m0 got no answer in time",
    });
    const aborted = client.sendRequest('act', 1, { signal: AbortSignal.timeout(20) });
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
    expect(client.stats().members[0]?.inFlight).toBe(0);
  });
});
