import { expect, it } from '@jest/globals';
import { compactRevisionOf, EtcdClient, hasLostHistory, type EtcdEvent, type EtcdWatch } from '@liberzmq/core/etcd';
import { describeWithEtcd, FaultProxy, TestEtcd } from '@liberzmq-tooling/testkit';

/** The next events, as many as that. */
async function take(watch: EtcdWatch, count: number): Promise<EtcdEvent[]> {
  const events: EtcdEvent[] = [];
  while (events.length < count) {
    const { done, value } = await watch.next();
    if (done === true) break;
    events.push(...value);
  }
  return events;
}

const told = (events: readonly EtcdEvent[]) => events.map((each) => `${each.type} ${each.key} ${each.text()}`);

describeWithEtcd('watches of etcd', () => {
  it('tells of what comes after what was read, in order', async () => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    await client.put('/w/1', 'before');
    const { revision } = await client.getPrefix('/w/');
    await client.put('/w/1', 'a');
    await client.put('/other', 'x');
    const watch = client.watchPrefix('/w/', { fromRevision: revision + 1 });
    expect(told(await take(watch, 1))).toEqual(['put /w/1 a']);
    await client.put('/w/2', 'b');
    const deleted = await client.delete('/w/1');
    const events = await take(watch, 2);
    expect(told(events)).toEqual(['put /w/2 b', 'delete /w/1 ']);
    expect(events[1]).toMatchObject({ modRevision: deleted.revision, version: 0 });
    expect(await watch.return()).toEqual({ done: true, value: undefined });
    expect(await watch.next()).toEqual({ done: true, value: undefined });
  });

  it('what one transaction has done comes in one batch', async () => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    const success = Array.from({ length: 100 }, (_, n) => ({
      type: 'put' as const,
      key: `/b/${n}`,
      value: Buffer.alloc(10_000),
    }));
    const { revision } = await client.transaction({ success });
    const watch = client.watchPrefix('/b/', { fromRevision: revision });
    const { value } = await watch.next();
    expect(value?.length).toBe(100);
  });

  it('watches one key alone', async () => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    const { revision } = await client.put('/k', '1');
    await client.put('/k/below', '2');
    await client.put('/k', '3');
    const watch = client.watch('/k', { fromRevision: revision });
    expect(told(await take(watch, 2))).toEqual(['put /k 1', 'put /k 3']);
  });

  it.each(['stopped', 'killed'])('goes on without loss when etcd was %s and starts again', async (how) => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    await using writer = new EtcdClient({ endpoints: [etcd.endpoint] });
    const { revision } = await client.get('/r/0');
    const watch = client.watchPrefix('/r/', { fromRevision: revision + 1 });
    for (let n = 0; n < 3; n += 1) await writer.put(`/r/${n}`, String(n));
    const before = await take(watch, 3);
    const more = take(watch, 7);
    for (let n = 3; n < 5; n += 1) await writer.put(`/r/${n}`, String(n));
    await (how === 'killed' ? etcd.kill() : etcd.stop());
    await etcd.startAgain();
    // Other than the client, whose pauses may be longer than this test's patience for one key.
    for (let n = 5; n < 10; n += 1) await writer.put(`/r/${n}`, String(n));
    const events = [...before, ...(await more)];
    expect(events.map((each) => each.text())).toEqual(Array.from({ length: 10 }, (_, n) => String(n)));
  });

  it('a watch from now on does not miss what was written while the connection was down', async () => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    await using writer = new EtcdClient({ endpoints: [etcd.endpoint] });
    const watch = client.watchPrefix('/n/');
    const first = watch.next();
    // Until the watch is there, nobody knows from when on it tells.
    let n = 0;
    let hasTold = false;
    void first.then(() => (hasTold = true));
    while (!hasTold) await writer.put('/n/x', String((n += 1)));
    const { value } = await first;
    const seen = Number(value?.at(-1)?.text());
    await etcd.kill();
    await etcd.startAgain();
    await writer.put('/n/x', 'last');
    const events: string[] = [];
    while (events.at(-1) !== 'last') events.push(...(await take(watch, 1)).map((each) => each.text()));
    expect(events).toEqual([...Array.from({ length: n - seen }, (_, index) => String(seen + index + 1)), 'last']);
  });

  it('ends with an error where revisions are gone', async () => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    const { revision } = await client.put('/c', '1');
    await client.put('/c', '2');
    const { revision: last } = await client.put('/c', '3');
    await etcd.ask('/v3/kv/compaction', { revision: String(last) });
    const watch = client.watchPrefix('/c', { fromRevision: revision });
    const failure: unknown = await watch.next().catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'RemoteError', code: 'REMOTE', outcome: 'answered' });
    expect(compactRevisionOf(failure)).toBe(last);
    expect(compactRevisionOf(new Error('x'))).toBeUndefined();
    expect([hasLostHistory(failure), hasLostHistory(new Error('x'))]).toEqual([true, false]);
    expect(await watch.next()).toEqual({ done: true, value: undefined });
    // From there on there is nothing missing.
    expect(told(await take(client.watchPrefix('/c', { fromRevision: last }), 1))).toEqual(['put /c 3']);
  });

  it('ends with an error where etcd comes back with an older store', async () => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    for (let n = 0; n < 20; n += 1) await client.put('/o', String(n));
    const { revision } = await client.get('/o');
    const watch = client.watchPrefix('/o', { fromRevision: revision });
    expect(told(await take(watch, 1))).toEqual(['put /o 19']);
    const next = watch.next().catch((error: unknown) => error);
    await etcd.kill();
    etcd.wipe();
    await etcd.startAgain();
    const failure = await next;
    expect(failure).toMatchObject({ name: 'RemoteError', code: 'REMOTE', details: { storeRevision: 1 } });
    expect(hasLostHistory(failure)).toBe(true);
    expect(compactRevisionOf(failure)).toBeUndefined();
  });

  it('ends with an error where another cluster has taken the place, however far it has come', async () => {
    await using etcd = await TestEtcd.start();
    await using other = await TestEtcd.start();
    await using proxy = await FaultProxy.start({ targetPort: Number(new URL(etcd.endpoint).port) });
    await using client = new EtcdClient({ endpoints: [`http://127.0.0.1:${proxy.port}`] });
    const { revision } = await client.put('/o', '1');
    const watch = client.watchPrefix('/o', { fromRevision: revision });
    expect(told(await take(watch, 1))).toEqual(['put /o 1']);
    const next = watch.next().catch((error: unknown) => error);
    await using writer = new EtcdClient({ endpoints: [other.endpoint] });
    for (let n = 0; n < 5; n += 1) await writer.put('/o', 'other');
    const { port } = proxy;
    await proxy.close();
    await using moved = await FaultProxy.start({ port, targetPort: Number(new URL(other.endpoint).port) });
    const failure = await next;
    expect(failure).toMatchObject({ message: expect.stringContaining('another cluster') });
    expect(hasLostHistory(failure)).toBe(true);
    expect(moved.counts.connections).toBeGreaterThan(0);
  });

  it('is aborted while it waits, and before it has begun', async () => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    const controller = new AbortController();
    const watch = client.watchPrefix('/a', { signal: controller.signal });
    const next = watch.next();
    await client.put('/other', '1');
    controller.abort(new Error('enough'));
    const aborted = { name: 'CancelledError', code: 'ABORTED', cause: { message: 'enough' } };
    await expect(next).rejects.toMatchObject(aborted);
    await expect(client.watchPrefix('/a', { signal: controller.signal }).next()).rejects.toMatchObject(aborted);
    await client.put('/a', 'still works');
  });

  it('close ends a loop that waits', async () => {
    await using etcd = await TestEtcd.start();
    const client = new EtcdClient({ endpoints: [etcd.endpoint] });
    const seen: string[] = [];
    const { revision } = await client.put('/l', '1');
    const loop = (async () => {
      for await (const events of client.watchPrefix('/l', { fromRevision: revision })) {
        seen.push(...told(events));
        void client.close();
      }
    })();
    await loop;
    expect(seen).toEqual(['put /l 1']);
    await client.close();
    expect(() => client.watchPrefix('/l')).toThrow(expect.objectContaining({ code: 'CLOSED', outcome: 'not-sent' }));
  });

  it('a reader that is slow gets everything', async () => {
    await using etcd = await TestEtcd.start();
    await using client = new EtcdClient({ endpoints: [etcd.endpoint] });
    const { revision } = await client.get('/s');
    const watch = client.watchPrefix('/s', { fromRevision: revision + 1 });
    const first = watch.next();
    // Several at once: each waits for the disk.
    const put = (): Promise<unknown> => client.put('/s', Buffer.alloc(20_000));
    for (let n = 0; n < 300; n += 50) await Promise.all(Array.from({ length: 50 }, put));
    const events = [...((await first).value ?? []), ...(await take(watch, 299))];
    expect(events.map(({ version }) => version)).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
  });
});
