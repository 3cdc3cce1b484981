import { describe, expect, it } from '@jest/globals';
import { Directory, type Change, type Listed } from '../../src/etcd/directory.js';
import { readServerEntry, writeServerEntry } from '../../src/etcd/server-entry.js';

const entry = (key: string, modRevision: number, value: unknown): Listed => ({
  key,
  modRevision,
  text: () => (typeof value === 'string' ? value : JSON.stringify(value)),
});
const put = (...args: Parameters<typeof entry>): Change => ({ ...entry(...args), type: 'put' });
const gone = (key: string, modRevision: number): Change => ({ ...entry(key, modRevision, ''), type: 'delete' });

const ADDRESS = 'an address that clients can connect to, as tcp://10.0.0.1:5556';

const UNUSABLE = [
  '',
  '  ',
  '10.0.0.1:5556',
  'http://10.0.0.1:5556',
  'tcp://10.0.0.1',
  'tcp://10.0.0.1:0',
  'tcp://10.0.0.1:*',
  'tcp://*:5556',
  'tcp://0:5556',
  'tcp://0.0.0.0:5556',
  'tcp://[::]:5556',
  'tcp://[::0]:5556',
  'tcp://[::ffff:0.0.0.0]:5556',
];

describe('an entry', () => {
  it.each(['tcp://10.0.0.1:5556', 'tcp://[::1]:5556', 'tcp://0a.example:1', 'tcp://host:65535', 'ipc:///run/a.sock'])(
    'may have the address %s',
    (address) => {
      expect(readServerEntry(JSON.stringify({ address }))).toEqual({ address });
    },
  );

  it('is read as it was written, and fields of others do no harm', () => {
    expect(readServerEntry(writeServerEntry({ address: 'tcp://a:1', weight: 2, tier: 1 }))).toEqual({
      address: 'tcp://a:1',
      weight: 2,
      tier: 1,
    });
    expect(writeServerEntry({ address: 'tcp://a:1' })).toBe('{"address":"tcp://a:1"}');
    expect(readServerEntry('{"address":"tcp://a:1","zone":"b","requester":{}}')).toEqual({ address: 'tcp://a:1' });
  });

  it.each([
    ['', 'it is not JSON'],
    ['tcp://a:1', 'it is not JSON'],
    ['"tcp://a:1"', 'it is not an object'],
    ['null', 'it is not an object'],
    ['[]', `its 'address' is not ${ADDRESS}, but undefined`],
    ...UNUSABLE.map((each) => [JSON.stringify({ address: each }), `its 'address' is not ${ADDRESS}, but '${each}'`]),
    ['{"address":"tcp://a:1","weight":0}', "its 'weight' is not a number above 0, but 0"],
    ['{"address":"tcp://a:1","weight":1e999}', "its 'weight' is not a number above 0, but Infinity"],
    ['{"address":"tcp://a:1","weight":"1"}', "its 'weight' is not a number above 0, but '1'"],
    ['{"address":"tcp://a:1","tier":-1}', "its 'tier' is not a whole number, 0 or more, but -1"],
    ['{"address":"tcp://a:1","tier":null}', "its 'tier' is not a whole number, 0 or more, but null"],
  ])('is not %j', (text, why) => {
    expect(readServerEntry(text)).toBe(why);
  });
});

describe('the directory', () => {
  it('follows what is put and deleted', () => {
    const directory = new Directory(() => undefined);
    directory.replace([entry('/s/1', 1, { address: 'tcp://a:1' })]);
    directory.apply([put('/s/2', 2, { address: 'tcp://b:1' }), put('/s/1', 2, { address: 'tcp://a:1', weight: 2 })]);
    expect(directory.members()).toEqual([{ address: 'tcp://a:1', weight: 2 }, { address: 'tcp://b:1' }]);
    directory.apply([gone('/s/1', 3), gone('/s/9', 3)]);
    expect(directory.members()).toEqual([{ address: 'tcp://b:1' }]);
    directory.replace([entry('/s/3', 4, { address: 'tcp://c:1' })]);
    expect(directory.members()).toEqual([{ address: 'tcp://c:1' }]);
  });

  it('has an address once, as it was written last, and as long as one of its keys is there', () => {
    const directory = new Directory(() => undefined);
    directory.replace([
      entry('/s/new', 5, { address: 'tcp://a:1', tier: 1 }),
      entry('/s/old', 3, { address: 'tcp://a:1', tier: 2 }),
    ]);
    expect(directory.members()).toEqual([{ address: 'tcp://a:1', tier: 1 }]);
    directory.apply([gone('/s/new', 6)]);
    expect(directory.members()).toEqual([{ address: 'tcp://a:1', tier: 2 }]);
  });

  it('reads a key again that has another value in the same revision, as in another store', () => {
    const directory = new Directory(() => undefined);
    directory.replace([entry('/s/1', 5, { address: 'tcp://a:1' })]);
    directory.replace([entry('/s/1', 5, { address: 'tcp://b:1' })]);
    expect(directory.members()).toEqual([{ address: 'tcp://b:1' }]);
  });

  it('skips what is no entry, and says so once for each value', () => {
    const skipped: string[] = [];
    const directory = new Directory((key, why) => skipped.push(`${key}: ${why}`));
    const good = entry('/s/1', 1, { address: 'tcp://a:1' });
    directory.replace([good, entry('/s/2', 2, 'x')]);
    directory.replace([good, entry('/s/2', 2, 'x')]);
    expect(directory.members()).toEqual([{ address: 'tcp://a:1' }]);
    expect(skipped).toEqual(['/s/2: it is not JSON']);
    directory.apply([put('/s/1', 3, 'y')]);
    expect(directory.members()).toEqual([]);
    expect(skipped).toHaveLength(2);
    directory.apply([put('/s/2', 4, { address: 'tcp://b:1' })]);
    expect(directory.members()).toEqual([{ address: 'tcp://b:1' }]);
  });
});
