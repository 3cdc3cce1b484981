import { expect, it } from '@jest/globals';
import { EtcdClient, type EtcdLease } from '@liberzmq/core/etcd';
import { describeWithEtcd, FaultProxy, TestEtcd } from '@liberzmq-tooling/testkit';

const TTL_MS = 1_000;

/** Resolves with the time at which it aborts, on the clock of `performance.now()`. */
function lossOf({ lost }: EtcdLease): Promise<number> {
  return new Promise((resolve) => {
    const tell = () => resolve(performance.now());
    if (lost.aborted) tell();
    else lost.addEventListener('abort', tell, { once: true });
  });
}

/** Resolves when a watch has told of the deletion of a key, with the time. */
async function deletionOf(client: EtcdClient, key: string, fromRevision: number): Promise<number> {
  for await (const events of client.watch(key, { fromRevision })) {
    if (events.some(({ type }) => type === 'delete')) return performance.now();
  }
  return Infinity;
}

describeWithEtcd('leases of etcd', () => {
  it('a lease is kept alive for longer than its time, and the key with it', async () => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    const lease = await client.grantLease({ ttlMs: 900 });
    expect(lease.ttlMs).toBe(TTL_MS);
    await client.put('/with', 'lease', { lease });
    // Time itself is what is tested.
    await new Promise((resolve) => setTimeout(resolve, 2.5 * TTL_MS));
    expect(lease.lost.aborted).toBe(false);
    expect(lease.remainingMs).toBeGreaterThan(TTL_MS / 3);
    expect((await client.get('/with')).entry?.lease).toBe(lease.id);
    await lease.revoke();
    expect(lease.lost.reason).toMatchObject({ code: 'CLOSED' });
    expect(lease.remainingMs).toBe(0);
    expect((await client.get('/with')).entry).toBeUndefined();
    await lease.revoke();
  });

  it.each(['stands still', 'is killed'])('when etcd %s, the lease counts as lost within its time', async (what) => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    const lease = await client.grantLease({ ttlMs: TTL_MS });
    const loss = lossOf(lease);
    await client.get('/x');
    const stoppedAt = performance.now();
    if (what === 'is killed') await etcd.kill();
    else etcd.pause();
    // What was granted last was asked for before that.
    expect((await loss) - stoppedAt).toBeLessThan(TTL_MS);
    expect(lease.lost.reason).toMatchObject({ name: 'TimeoutError', code: 'TIMEOUT', outcome: 'unknown' });
    await client.close({ timeoutMs: 0 });
  });

  it('a lease that others have revoked is lost at the next renewal', async () => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    const lease = await client.grantLease({ ttlMs: TTL_MS });
    const startedAt = performance.now();
    const loss = lossOf(lease);
    await etcd.ask('/v3/lease/revoke', { ID: String(lease.id) });
    expect((await loss) - startedAt).toBeLessThan(TTL_MS / 2);
    expect(lease.lost.reason).toMatchObject({ code: 'REMOTE', outcome: 'answered', details: { status: 'NOT_FOUND' } });
  });

  it('never counts as held when etcd has let it go', async () => {
    await using etcd = await TestEtcd.start();
    await using witness = new EtcdClient({ endpoints: [etcd.endpoint] });
    await using proxy = await FaultProxy.start({ targetPort: Number(new URL(etcd.endpoint).port), seed: 1 });
    const holder = new EtcdClient({ endpoints: [`http://127.0.0.1:${proxy.port}`] });
    const lease = await holder.grantLease({ ttlMs: TTL_MS });
    const { revision } = await holder.put('/held', '1', { lease });
    const loss = lossOf(lease);
    const deletion = deletionOf(witness, '/held', revision);
    // etcd goes on, and the holder cannot reach it.
    proxy.stall();
    expect(await loss).toBeLessThan(await deletion);
    await holder.close({ timeoutMs: 0 });
  });

  it('the time on the way counts as passed', async () => {
    await using etcd = await TestEtcd.start();
    await using proxy = await FaultProxy.start({ targetPort: Number(new URL(etcd.endpoint).port), seed: 1 });
    await using client = new EtcdClient({ endpoints: [`http://127.0.0.1:${proxy.port}`] });
    await client.get('/x');
    proxy.delay(300, 0, { direction: 'back' });
    await using lease = await client.grantLease({ ttlMs: TTL_MS });
    const most = 0.99 * TTL_MS - 300;
    expect(lease.remainingMs).toBeLessThanOrEqual(most);
    // Through several renewals.
    for (const end = performance.now() + TTL_MS; performance.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(lease.remainingMs).toBeLessThanOrEqual(most);
    }
    expect(lease.lost.aborted).toBe(false);
    proxy.heal();
  });

  it('a member that answers no more is left for the next one before the time is up', async () => {
    await using etcd = await TestEtcd.start();
    await using proxy = await FaultProxy.start({ targetPort: Number(new URL(etcd.endpoint).port), seed: 1 });
    await using client = new EtcdClient({ endpoints: [`http://127.0.0.1:${proxy.port}`, etcd.endpoint] });
    await using lease = await client.grantLease({ ttlMs: TTL_MS });
    proxy.stall();
    await new Promise((resolve) => setTimeout(resolve, 2 * TTL_MS));
    expect(lease.lost.aborted).toBe(false);
  });

  it('a connection that leads nowhere is left for a new one before the time is up', async () => {
    await using etcd = await TestEtcd.start();
    await using proxy = await FaultProxy.start({ targetPort: Number(new URL(etcd.endpoint).port) });
    await using client = new EtcdClient({ endpoints: [`http://127.0.0.1:${proxy.port}`] });
    await using lease = await client.grantLease({ ttlMs: 3 * TTL_MS });
    // Nobody tells the client.
    proxy.cut({ direction: 'there' });
    await new Promise((resolve) => setTimeout(resolve, 4 * TTL_MS));
    expect(lease.lost.aborted).toBe(false);
  });

  it('keeps leases alive over a restart of etcd that is shorter than they are', async () => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    const lease = await client.grantLease({ ttlMs: 3_000 });
    await client.put('/kept', '1', { lease });
    await etcd.kill();
    await etcd.startAgain();
    // Time itself is what is tested: more than the lease had left.
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    expect(lease.lost.aborted).toBe(false);
    expect((await client.get('/kept')).entry?.text()).toBe('1');
    await lease.revoke();
  });

  it('many leases share one stream, and each ends by itself', async () => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    const leases = await Promise.all(Array.from({ length: 50 }, () => client.grantLease({ ttlMs: TTL_MS })));
    await leases[7]!.revoke();
    await new Promise((resolve) => setTimeout(resolve, 1.5 * TTL_MS));
    expect(leases.map(({ lost }, n) => (lost.aborted ? n : -1)).filter((n) => n >= 0)).toEqual([7]);
    await client.close();
    expect(leases.every(({ lost }) => lost.aborted)).toBe(true);
    expect(leases[0]!.lost.reason).toMatchObject({ code: 'CLOSED' });
  });

  it('after the last lease, another one is kept alive as well', async () => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    for (let n = 0; n < 3; n += 1) {
      await using lease = await client.grantLease({ ttlMs: TTL_MS });
      await new Promise((resolve) => setTimeout(resolve, 1.3 * TTL_MS));
      expect(lease.lost.aborted).toBe(false);
    }
  });
});
