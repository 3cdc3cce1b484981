import { describe, expect, it } from '@jest/globals';
import { configureLogging, ConnectionError, createError } from '@liberzmq/core';
import type { EtcdWatchOptions } from '@liberzmq/core/etcd';
import { etcdMembers, type EtcdMembersOptions } from '../../src/etcd/index.js';
import { turn, pass, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { Recorder } from './recorder.js';

configureLogging({ level: 'silent' });

type Batch = readonly { type: 'put' | 'delete'; key: string; value?: unknown; modRevision: number }[];

const REVISION = 10;
const COMPACTED = createError('REMOTE', 'compacted', { details: { compactRevision: 99 } });

const entryOf = ({ key, value, modRevision }: { key: string; value?: unknown; modRevision: number }) => ({
  key,
  modRevision,
  text: () => JSON.stringify(value ?? ''),
});

/** An etcd that says what it is told to: whatever is pushed to a watch, an error ends it. */
class FakeEtcd {
  readonly calls: string[] = [];
  entries: Readonly<Record<string, unknown>> = {};
  failure: Error | undefined;
  push: (next: Batch | Error) => void = () => undefined;

  async getPrefix(prefix: string) {
    this.calls.push(`get ${prefix}`);
    if (this.failure !== undefined) throw this.failure;
    const entries = Object.entries(this.entries).map(([key, value]) => entryOf({ key, value, modRevision: REVISION }));
    return { entries, revision: REVISION };
  }

  async *watchPrefix(prefix: string, { fromRevision, signal }: EtcdWatchOptions) {
    this.calls.push(`watch ${prefix} from ${String(fromRevision)}`);
    const queue: (Batch | Error)[] = [];
    for (;;) {
      const next =
        queue.shift() ??
        (await new Promise<Batch | Error>((resolve) => {
          this.push = resolve;
          signal?.addEventListener('abort', () => resolve(createError('ABORTED', 'aborted')), { once: true });
        }));
      if (next instanceof Error) throw next;
      yield next.map((change) => ({ ...entryOf(change), type: change.type }));
    }
  }
}

function watched(etcd: FakeEtcd, prefix = '/s') {
  const recorder = new Recorder();
  const resolver = etcdMembers({ client: etcd as unknown as EtcdMembersOptions['client'], prefix });
  return { recorder, resolver, watch: resolver.watch(recorder) };
}

describe('etcdMembers', () => {
  useFakeClock({ chance: 0 });

  it('reads what is there, and follows it from the next revision on, as a folder', async () => {
    const etcd = new FakeEtcd();
    etcd.entries = { '/s/b': { address: 'tcp://b:1', tier: 1 }, '/s/a': { address: 'tcp://a:1', weight: 2 } };
    const { recorder, watch } = watched(etcd);
    await turn();
    expect(etcd.calls).toEqual(['get /s/', `watch /s/ from ${REVISION + 1}`]);
    expect(recorder.lists).toEqual([
      [
        { address: 'tcp://a:1', weight: 2 },
        { address: 'tcp://b:1', tier: 1 },
      ],
    ]);
    etcd.push([{ type: 'put', key: '/s/c', value: { address: 'tcp://c:1' }, modRevision: 11 }]);
    await turn();
    etcd.push([{ type: 'put', key: '/s/c', value: { address: 'tcp://c:1' }, modRevision: 12 }]);
    await turn();
    etcd.push([{ type: 'delete', key: '/s/a', modRevision: 13 }]);
    await turn();
    expect(recorder.lists).toHaveLength(3);
    expect(recorder.addresses).toEqual(['tcp://c:1', 'tcp://b:1']);
    await watch.close();
  });

  it('that there is nobody is an answer', async () => {
    const { recorder, watch } = watched(new FakeEtcd(), '/s/');
    await turn();
    expect(recorder.lists).toEqual([[]]);
    await watch.close();
  });

  it('skips and counts what is no entry, and says so once', async () => {
    const etcd = new FakeEtcd();
    etcd.entries = { '/s/a': { address: 'tcp://a:1' }, '/s/b': { port: 1 }, '/s/c': '10.0.0.1:5556' };
    const { recorder, resolver, watch } = watched(etcd);
    await turn();
    const skipped = [{ code: 'BAD_OPTION', message: expect.stringContaining("'/s/b'") }, { code: 'BAD_OPTION' }];
    expect(recorder).toMatchObject({ addresses: ['tcp://a:1'], errors: skipped });
    expect(resolver.malformed).toBe(2);
    etcd.push(COMPACTED);
    await pass(200);
    expect(etcd.calls).toHaveLength(4);
    expect(recorder.errors).toHaveLength(2);
    await watch.close();
  });

  it('keeps the list while etcd cannot be reached, and asks after pauses that grow', async () => {
    const etcd = new FakeEtcd();
    etcd.entries = { '/s/a': { address: 'tcp://a:1' } };
    const { recorder, watch } = watched(etcd);
    await turn();
    const failure = new ConnectionError('UNREACHABLE', 'etcd is away');
    etcd.failure = failure;
    etcd.calls.length = 0;
    etcd.push(failure);
    await pass(0);
    expect(recorder.errors).toEqual([failure]);
    await pass(60_000);
    // Half of 0.1, 0.2, 0.4, 0.8, 1.6, 3.2 and then 5 s.
    expect(etcd.calls.length).toBeGreaterThan(20);
    expect(etcd.calls.length).toBeLessThan(30);
    expect(recorder.lists).toHaveLength(1);
    etcd.failure = undefined;
    etcd.entries = { '/s/b': { address: 'tcp://b:1' } };
    await pass(5_000);
    expect(recorder.addresses).toEqual(['tcp://b:1']);
    await watch.close();
  });

  it('reads all anew where revisions are gone, which is no error', async () => {
    const etcd = new FakeEtcd();
    etcd.entries = { '/s/a': { address: 'tcp://a:1' } };
    const { recorder, watch } = watched(etcd);
    await turn();
    etcd.entries = { '/s/b': { address: 'tcp://b:1' } };
    etcd.push(COMPACTED);
    await pass(200);
    expect(recorder).toMatchObject({ addresses: ['tcp://b:1'], errors: [] });
    await watch.close();
  });

  it('gives up when the client of etcd is closed, and says so', async () => {
    const etcd = new FakeEtcd();
    etcd.failure = new ConnectionError('CLOSED', 'this etcd client is closed');
    const { recorder, watch } = watched(etcd);
    await pass(60_000);
    expect(etcd.calls).toHaveLength(1);
    expect(recorder.errors).toEqual([etcd.failure]);
    await watch.close();
  });

  it.each(['while it watches', 'while it reads', 'while it pauses'])('tells nothing after close %s', async (when) => {
    const etcd = new FakeEtcd();
    if (when === 'while it pauses') etcd.failure = new Error('etcd is away');
    const { recorder, watch } = watched(etcd);
    if (when !== 'while it reads') await turn();
    const { lists, errors } = recorder;
    const before = lists.length + errors.length;
    await watch.close();
    expect(lists.length + errors.length).toBe(before);
  });

  it('refuses what it does not know', () => {
    expect(() => etcdMembers({ prefix: '/s' } as never)).toThrow('client');
    const client = new FakeEtcd();
    expect(() => etcdMembers({ client, prefix: '' } as never)).toThrow('prefix');
    expect(() => etcdMembers({ client, prefix: '/s', ttlMs: 1 } as never)).toThrow('ttlMs');
    expect(() => etcdMembers({ client: {}, prefix: '/s' } as never)).toThrow("'client' must be an EtcdClient");
  });
});
