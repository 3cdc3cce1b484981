import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { EtcdClient } from '@liberzmq/core/etcd';
import { describeWithEtcd, TestEtcd } from '@liberzmq-tooling/testkit';

const base64 = (data: string | Uint8Array) => Buffer.from(data).toString('base64');

describeWithEtcd('keys and transactions in etcd', () => {
  let etcd: TestEtcd;
  let client: EtcdClient;

  beforeAll(async () => {
    etcd = await TestEtcd.start();
    client = new EtcdClient({ endpoints: [etcd.endpoint] });
  });

  afterAll(async () => {
    await client.close();
    await etcd[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    await client.deletePrefix('');
  });

  it('a key that was put is read with its history', async () => {
    const { revision: created } = await client.put('/a', 'one');
    const { revision: written } = await client.put('/a', 'zwei €');
    const { entry, revision } = await client.get('/a');
    expect(entry?.key).toBe('/a');
    expect(entry?.text()).toBe('zwei €');
    expect(entry).toMatchObject({ version: 2, createRevision: created, modRevision: written, lease: 0n });
    expect(revision).toBe(written);
  });

  it('what it writes others read, and the other way round', async () => {
    const bytes = Uint8Array.of(0, 0xff, 0x80, 7);
    await client.put(bytes, bytes);
    expect(await etcd.ask('/v3/kv/range', { key: base64(bytes) })).toMatchObject({
      kvs: [{ key: base64(bytes), value: base64(bytes), version: '1' }],
      count: '1',
    });
    await etcd.ask('/v3/kv/put', { key: base64('/their'), value: base64('value') });
    expect((await client.get('/their')).entry?.text()).toBe('value');
  });

  it('bytes that are no text come back as they were', async () => {
    const bytes = Uint8Array.of(0xff, 0, 0xfe);
    await client.put(bytes, bytes);
    const { entry } = await client.get(bytes);
    expect([...(entry?.keyBytes ?? [])]).toEqual([...bytes]);
    expect([...(entry?.value ?? [])]).toEqual([...bytes]);
  });

  it('a value may be empty, and a megabyte', async () => {
    await client.put('/empty', '');
    expect((await client.get('/empty')).entry?.value.byteLength).toBe(0);
    const large = Buffer.alloc(1_000_000, 'x');
    await client.put('/large', large);
    expect(large.equals((await client.get('/large')).entry!.value)).toBe(true);
  });

  it('of a key that there is not, only the revision is told', async () => {
    const { revision } = await client.put('/x', '1');
    expect(await client.get('/none')).toEqual({ entry: undefined, revision });
  });

  it.each(['/p/', Buffer.from([0x61, 0xff]), Buffer.from([0xff, 0xff])])(
    'all keys with the prefix %p',
    async (prefix) => {
      const name = (end: string) => Buffer.concat([Buffer.from(prefix), Buffer.from(end)]);
      for (const end of ['b', 'a', '', '\u{ff}']) await client.put(name(end), end);
      await client.put('/o', 'before');
      await client.put('/q', 'behind');
      const { entries } = await client.getPrefix(prefix);
      expect(entries.map((each) => each.text())).toEqual(['', 'a', 'b', '\u{ff}']);
      expect((await client.deletePrefix(prefix)).deleted).toBe(4);
      expect((await client.getPrefix('')).entries.map(({ key }) => key)).toEqual(['/o', '/q']);
    },
  );

  it('more than gRPC takes by default', async () => {
    for (let n = 0; n < 6; n += 1) await client.put(`/many/${n}`, Buffer.alloc(1_000_000));
    expect((await client.getPrefix('/many/')).entries).toHaveLength(6);
  });

  it('delete tells whether there was anything', async () => {
    await client.put('/d', '1');
    expect((await client.delete('/d')).deleted).toBe(1);
    expect((await client.delete('/d')).deleted).toBe(0);
  });

  it('a transaction does what its comparisons decide, in one revision', async () => {
    const attempt = () =>
      client.transaction({
        compare: [{ key: '/leader', field: 'createRevision', value: 0 }],
        success: [
          { type: 'put', key: '/leader', value: 'me' },
          { type: 'get', key: '/leader' },
        ],
        failure: [{ type: 'getPrefix', key: '/lead' }],
      });
    const first = await attempt();
    expect(first).toMatchObject({ succeeded: true, results: [{ type: 'put' }, { type: 'get' }] });
    const [, read] = first.results;
    expect(read?.type === 'get' && read.entries[0]?.modRevision).toBe(first.revision);
    const second = await attempt();
    expect(second).toMatchObject({ succeeded: false, revision: first.revision });
    const [found] = second.results;
    expect(found?.type === 'get' && found.entries[0]?.text()).toBe('me');
  });

  it('a transaction deletes, and may be empty', async () => {
    await client.put('/t/1', '1');
    await client.put('/t/2', '2');
    await client.put('/u', '3');
    const steps = [{ type: 'delete', key: '/u' } as const, { type: 'deletePrefix', key: '/t/' } as const];
    const { results } = await client.transaction({ success: steps });
    expect(results).toEqual([
      { type: 'delete', deleted: 1 },
      { type: 'delete', deleted: 2 },
    ]);
    expect(await client.transaction({})).toMatchObject({ succeeded: true, results: [] });
  });

  it('compares each field with each sign', async () => {
    const lease = await client.grantLease({ ttlMs: 10_000 });
    await client.put('/c', 'm');
    const { revision } = await client.put('/c', 'n', { lease });
    const holds = async (field: string, is: string, value: unknown) =>
      (await client.transaction({ compare: [{ key: '/c', field, is, value } as never] })).succeeded;
    const low = {
      version: 1,
      createRevision: revision - 2,
      modRevision: revision - 1,
      value: 'm',
      lease: lease.id - 1n,
    };
    const same = { version: 2, createRevision: revision - 1, modRevision: revision, value: 'n', lease };
    const high = { version: 3, createRevision: revision, modRevision: revision + 1, value: 'o', lease: lease.id + 1n };
    for (const field of Object.keys(same) as (keyof typeof same)[]) {
      const row = [low, same, high].map((values) => values[field]);
      const results = await Promise.all(
        ['=', '!=', '<', '>'].map((is) => Promise.all(row.map((value) => holds(field, is, value)))),
      );
      expect([field, results]).toEqual([
        field,
        [
          [false, true, false],
          [true, false, true],
          [false, false, true],
          [true, false, false],
        ],
      ]);
    }
    await lease.revoke();
    expect((await client.get('/c')).entry).toBeUndefined();
  });

  it('what etcd refuses is told with its reason', async () => {
    await expect(client.put('', 'x')).rejects.toMatchObject({
      name: 'RemoteError',
      code: 'REMOTE',
      outcome: 'answered',
      retryable: false,
      details: { status: 'INVALID_ARGUMENT', reason: 'etcdserver: key is not provided' },
    });
    await expect(client.put('/x', 'x', { lease: 12345n })).rejects.toMatchObject({
      code: 'REMOTE',
      details: { status: 'NOT_FOUND', reason: 'etcdserver: requested lease not found' },
    });
    await expect(client.put('/x', Buffer.alloc(2_000_000))).rejects.toMatchObject({
      code: 'REMOTE',
      details: { reason: 'etcdserver: request is too large' },
    });
  });

  it('many calls share one connection', async () => {
    await Promise.all(Array.from({ length: 200 }, (_, n) => client.put(`/n/${n}`, String(n))));
    const reads = await Promise.all(Array.from({ length: 200 }, (_, n) => client.get(`/n/${n}`)));
    expect(reads.map(({ entry }) => entry?.text())).toEqual(Array.from({ length: 200 }, (_, n) => String(n)));
  });
});
