import { describe, expect, it, jest } from '@jest/globals';
import { configureLogging, ConnectionError, createError, type WaitOptions } from '@liberzmq/core';
import { register, type RegisterOptions } from '../../src/etcd/index.js';
import { pass, stateOf, turn, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

configureLogging({ level: 'silent' });

const AWAY = new ConnectionError('UNREACHABLE', 'etcd is away');

class FakeLease {
  readonly #lost = new AbortController();
  readonly lost = this.#lost.signal;
  readonly revoke = jest.fn(async (_options?: { timeoutMs?: number }): Promise<void> => {
    this.lose(new Error('revoked'));
  });

  constructor(readonly id: bigint) {}

  lose(reason: Error): void {
    this.#lost.abort(reason);
  }
}

type Change = { type: 'put' | 'delete'; lease: bigint };

class FakeEtcd {
  readonly leases: FakeLease[] = [];
  readonly puts: string[] = [];
  readonly ttls: number[] = [];
  /** Under which lease the one key stands. */
  holder: bigint | undefined;
  revision = 1;
  grantFails: Error | undefined;
  putFails: Error | undefined;
  readFails: Error | undefined;
  readonly #watchers = new Set<(next: Change | Error) => void>();

  readonly times: (number | undefined)[] = [];
  grantMs = 0;

  async grantLease({ ttlMs, timeoutMs, signal }: { ttlMs: number } & WaitOptions): Promise<FakeLease> {
    signal?.throwIfAborted();
    this.times.push(timeoutMs);
    if (this.grantMs > 0) await new Promise((resolve) => setTimeout(resolve, this.grantMs));
    this.ttls.push(ttlMs);
    if (this.grantFails !== undefined) throw this.grantFails;
    const lease = new FakeLease(BigInt(this.leases.length + 1));
    this.leases.push(lease);
    return lease;
  }

  async put(
    key: string,
    value: string,
    { lease, timeoutMs }: { lease: FakeLease } & WaitOptions,
  ): Promise<{ revision: number }> {
    this.times.push(timeoutMs);
    if (this.putFails !== undefined) throw this.putFails;
    this.puts.push(`${key} ${value}`);
    this.change({ type: 'put', lease: lease.id });
    return { revision: this.revision };
  }

  async get() {
    if (this.readFails !== undefined) throw this.readFails;
    const { holder, revision } = this;
    return { entry: holder === undefined ? undefined : { lease: holder }, revision };
  }

  async *watch(_key: string, { fromRevision, signal }: { fromRevision: number; signal: AbortSignal }) {
    if (this.readFails !== undefined) throw this.readFails;
    expect(fromRevision).toBe(this.revision + 1);
    const queue: (Change | Error)[] = [];
    let wake = (): void => undefined;
    const push = (next: Change | Error) => {
      queue.push(next);
      wake();
    };
    const abort = () => push(new Error('aborted'));
    this.#watchers.add(push);
    signal.addEventListener('abort', abort);
    try {
      for (;;) {
        const next = queue.shift();
        if (next instanceof Error) throw next;
        if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else yield [next];
      }
    } finally {
      this.#watchers.delete(push);
      signal.removeEventListener('abort', abort);
    }
  }

  change(next: Change): void {
    this.revision += 1;
    this.holder = next.type === 'put' ? next.lease : undefined;
    this.tell(next);
  }

  tell(next: Change | Error): void {
    for (const push of this.#watchers) push(next);
  }

  get watchers(): number {
    return this.#watchers.size;
  }
}

const registered = (etcd: FakeEtcd, options: Partial<RegisterOptions> = {}) =>
  register(etcd as never, { prefix: '/s', address: 'tcp://10.0.0.1:5556', ...options });

const ENTRY = '/s/tcp://10.0.0.1:5556 {"address":"tcp://10.0.0.1:5556"}';

describe('register', () => {
  useFakeClock({ chance: 0 });

  it('puts the entry under a lease, and revokes that once', async () => {
    const etcd = new FakeEtcd();
    const registration = await registered(etcd);
    expect(registration).toMatchObject({ key: '/s/tcp://10.0.0.1:5556', isRegistered: true });
    expect(etcd).toMatchObject({ puts: [ENTRY], ttls: [10_000] });
    await Promise.all([registration.close(), registration.close()]);
    expect(etcd.leases[0]?.revoke.mock.calls).toEqual([[{ timeoutMs: 2_000 }]]);
    expect(registration.isRegistered).toBe(false);
    await pass(60_000);
    expect(etcd.leases).toHaveLength(1);
  });

  it('takes name, weight, tier and time', async () => {
    const etcd = new FakeEtcd();
    const registration = await registered(etcd, { prefix: '/x/', name: 'n', weight: 2, tier: 1, ttlMs: 3_000 });
    expect(etcd).toMatchObject({
      puts: ['/x/n {"address":"tcp://10.0.0.1:5556","weight":2,"tier":1}'],
      ttls: [3_000],
    });
    await registration.close({ timeoutMs: 0 });
    expect(etcd.leases[0]?.revoke.mock.calls).toEqual([[{ timeoutMs: 1 }]]);
  });

  it.each(['grantFails', 'putFails'] as const)(
    'rejects if the first attempt fails, and keeps no lease: %s',
    async (what) => {
      const etcd = new FakeEtcd();
      etcd[what] = AWAY;
      await expect(registered(etcd)).rejects.toBe(AWAY);
      expect(etcd.leases.filter(({ lost }) => !lost.aborted)).toEqual([]);
      await pass(60_000);
      expect(etcd.ttls).toHaveLength(1);
    },
  );

  it('has one time for all of it, and says whose limits are wrong', async () => {
    const etcd = new FakeEtcd();
    etcd.grantMs = 900;
    const options = { prefix: '/s', address: 'tcp://10.0.0.1:5556' };
    const registering = register(etcd as never, options, { timeoutMs: 1_000 });
    await pass(900);
    const registration = await registering;
    expect(etcd.times).toEqual([1_000, 100]);
    await registration.close();
    await expect(register(etcd as never, options, { timeout: 3 } as never)).rejects.toThrow(
      "register: unknown option 'timeout'",
    );
    await expect(register(etcd as never, options, { timeoutMs: 0 })).rejects.toThrow("register: option 'timeoutMs'");
  });

  it('does not keep whoever registers waiting while it gives up a lease that came to nothing', async () => {
    const etcd = new FakeEtcd();
    etcd.putFails = AWAY;
    const grant = etcd.grantLease.bind(etcd);
    etcd.grantLease = async (given) => {
      const lease = await grant(given);
      lease.revoke.mockImplementation(() => new Promise(() => undefined));
      return lease;
    };
    await expect(registered(etcd)).rejects.toBe(AWAY);
  });

  it('stands there again after the lease was lost, however long etcd was away', async () => {
    const etcd = new FakeEtcd();
    const registration = await registered(etcd);
    etcd.leases[0]?.lose(new Error('expired'));
    expect(registration.isRegistered).toBe(false);
    await turn();
    expect(registration.isRegistered).toBe(true);
    expect(etcd.puts).toEqual([ENTRY, ENTRY]);
    etcd.grantFails = AWAY;
    etcd.leases[1]?.lose(new Error('expired'));
    await pass(60_000);
    expect(registration.isRegistered).toBe(false);
    expect(etcd.ttls.length).toBeLessThan(35);
    etcd.grantFails = undefined;
    etcd.putFails = AWAY;
    await pass(5_000);
    expect(etcd.leases.length).toBeGreaterThan(2);
    etcd.putFails = undefined;
    await pass(5_000);
    expect(registration.isRegistered).toBe(true);
    expect(etcd.leases.filter(({ lost }) => !lost.aborted)).toHaveLength(1);
    await registration.close();
    expect(etcd.leases.every(({ lost }) => lost.aborted)).toBe(true);
  });

  it('stands there again at once when its key was deleted, under the lease that it has', async () => {
    const etcd = new FakeEtcd();
    const registration = await registered(etcd);
    await turn();
    etcd.change({ type: 'delete', lease: 0n });
    await turn();
    expect(etcd).toMatchObject({ puts: [ENTRY, ENTRY], ttls: [10_000] });
    expect(registration.isRegistered).toBe(true);
    // And is not content with once.
    etcd.change({ type: 'delete', lease: 0n });
    await turn();
    expect(etcd.puts).toHaveLength(3);
    await registration.close();
    expect(etcd.watchers).toBe(0);
  });

  it('takes another lease where the key was deleted with the one that it had', async () => {
    const etcd = new FakeEtcd();
    const registration = await registered(etcd);
    await turn();
    etcd.putFails = new Error('no such lease');
    etcd.change({ type: 'delete', lease: 0n });
    await turn();
    expect(registration.isRegistered).toBe(false);
    etcd.putFails = undefined;
    await pass(1_000);
    expect(registration.isRegistered).toBe(true);
    expect(etcd.leases.map(({ lost }) => lost.aborted)).toEqual([true, false]);
    await registration.close();
  });

  it('steps back as long as another registration has its name', async () => {
    const etcd = new FakeEtcd();
    const registration = await registered(etcd);
    await turn();
    etcd.change({ type: 'put', lease: 77n });
    await turn();
    expect(registration.isRegistered).toBe(false);
    await pass(60_000);
    etcd.change({ type: 'put', lease: 78n });
    await pass(60_000);
    expect(etcd.puts).toHaveLength(1);
    etcd.change({ type: 'delete', lease: 0n });
    await turn();
    expect(registration.isRegistered).toBe(true);
    expect(etcd.puts).toEqual([ENTRY, ENTRY]);
    await registration.close();
  });

  it('does not take the place of another one when its lease was lost', async () => {
    const etcd = new FakeEtcd();
    const registration = await registered(etcd);
    await turn();
    etcd.holder = 77n;
    etcd.leases[0]?.lose(new Error('expired'));
    await pass(60_000);
    expect(etcd.puts).toHaveLength(1);
    expect(registration.isRegistered).toBe(false);
    await registration.close();
    expect(etcd.watchers).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('looks anew where the watch of its key ends', async () => {
    const etcd = new FakeEtcd();
    const registration = await registered(etcd);
    await turn();
    etcd.holder = undefined;
    etcd.tell(new Error('compacted'));
    await pass(1_000);
    expect(etcd.puts).toEqual([ENTRY, ENTRY]);
    etcd.tell(new Error('compacted'));
    await pass(1_000);
    expect(etcd.puts).toHaveLength(2);
    expect(registration.isRegistered).toBe(true);
    await registration.close();
  });

  it('does without a watch where it may not read its key', async () => {
    const etcd = new FakeEtcd();
    etcd.readFails = createError('FORBIDDEN', 'permission denied');
    const registration = await registered(etcd);
    await pass(60_000);
    expect(registration.isRegistered).toBe(true);
    etcd.leases[0]?.lose(new Error('expired'));
    await turn();
    expect(registration.isRegistered).toBe(true);
    expect(etcd.puts).toHaveLength(2);
    await registration.close();
  });

  it('is closed while it tries to stand there again', async () => {
    const etcd = new FakeEtcd();
    const registration = await registered(etcd);
    etcd.grantFails = AWAY;
    etcd.leases[0]?.lose(new Error('expired'));
    await turn();
    await registration.close();
    const attempts = etcd.ttls.length;
    await pass(60_000);
    expect(etcd.ttls).toHaveLength(attempts);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives up when the client of etcd is closed', async () => {
    const etcd = new FakeEtcd();
    const registration = await registered(etcd);
    etcd.grantFails = new ConnectionError('CLOSED', 'this etcd client is closed');
    etcd.leases[0]?.lose(etcd.grantFails);
    await pass(60_000);
    expect(etcd.ttls).toHaveLength(2);
    await registration.close();
  });

  it('closes although etcd cannot be reached, which it tries until its time is up', async () => {
    const etcd = new FakeEtcd();
    const registration = await registered(etcd);
    const revoke = etcd.leases[0]!.revoke.mockRejectedValue(AWAY);
    const closed = registration.close({ timeoutMs: 10_000 });
    await pass(9_000);
    expect(await stateOf(closed)).toBe('pending');
    await pass(1_000);
    expect(await stateOf(closed)).toBeUndefined();
    expect(revoke.mock.calls.length).toBeGreaterThan(15);
    expect(revoke.mock.calls.length).toBeLessThan(45);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('takes out what may stand there although its lease counts as lost', async () => {
    const etcd = new FakeEtcd();
    const registration = await registered(etcd);
    etcd.grantFails = AWAY;
    const revoke = etcd.leases[0]!.revoke.mockRejectedValueOnce(AWAY);
    etcd.leases[0]!.lose(new Error('no answer'));
    await turn();
    const closed = registration.close();
    await pass(1_000);
    await closed;
    expect(revoke).toHaveBeenCalledTimes(2);
  });

  it('does not try on when the client of etcd is closed', async () => {
    const etcd = new FakeEtcd();
    const registration = await registered(etcd);
    const revoke = etcd.leases[0]!.revoke.mockRejectedValue(createError('CLOSED', 'closed'));
    await registration.close();
    expect(revoke).toHaveBeenCalledTimes(1);
  });

  it.each([undefined, null, {}, { put: () => undefined }])('wants a client of etcd: %j', async (client) => {
    await expect(register(client as never, { prefix: '/s', address: 'tcp://10.0.0.1:5556' })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining('register: the client must be an EtcdClient, not '),
    });
  });

  it.each([
    [{ address: 'tcp://*:5556' }, 'clients can connect to'],
    [{ address: 'tcp://0.0.0.0:5556' }, 'clients can connect to'],
    [{ address: 'tcp://[::]:5556' }, 'clients can connect to'],
    [{ address: 'tcp://127.0.0.1:*' }, 'clients can connect to'],
    [{ address: '' }, 'address'],
    [{ address: '10.0.0.1:5556' }, "register: option 'address' must be an address that clients can connect to"],
    [{ address: 'tcp://10.0.0.1' }, 'address'],
    [{ address: 'http://10.0.0.1:5556' }, 'address'],
    [{ prefix: '' }, 'prefix'],
    [{ weight: 0 }, "register: option 'weight' must be a number above 0, not 0"],
    [{ tier: 1.5 }, "register: option 'tier'"],
    [{ ttlMs: 0 }, 'ttlMs'],
    [{ name: '' }, 'name'],
    [{ ttl: 1 }, 'ttl'],
  ])('refuses %j', async (options, message) => {
    const etcd = new FakeEtcd();
    await expect(registered(etcd, options as Partial<RegisterOptions>)).rejects.toThrow(message);
    expect(etcd.ttls).toEqual([]);
  });
});
