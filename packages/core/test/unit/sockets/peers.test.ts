import { describe, expect, it } from '@jest/globals';
import { Outbox } from '../../../src/sockets/outbox.js';
import { Peers } from '../../../src/sockets/peers.js';
import { SendOperation } from '../../../src/sockets/send-operation.js';

/** Peers whose outboxes nobody empties. */
function start() {
  const dropped: string[] = [];
  const gone: string[] = [];
  const peers = new Peers(
    (name) =>
      new Outbox({
        maxMessages: 10,
        maxBytes: 100,
        policy: 'wait',
        to: name,
        waitsForRoom: false,
        packets: {},
        recordsTogether: () => 64,
        maxMessageBytes: Infinity,
        send: () => Promise.resolve(),
        isOpen: () => false,
        onSent: () => undefined,
        onDropped: (reason, outgoing) => void dropped.push(`${outgoing.describe()}: ${reason}`),
      }),
    () => undefined,
    ({ name }) => void gone.push(name),
  );
  /** Puts a message in the outbox of a peer. @returns the code that it fails with */
  const send = (id: Buffer, description: string): Promise<unknown> => {
    const operation = new SendOperation(() => description, Infinity, [], undefined);
    operation.bytes = 4;
    peers.of(id).outbox.add(operation);
    return operation.promise.catch((error: unknown) => (error as { code: string }).code);
  };
  return { peers, dropped, gone, send };
}

const TEXT = Buffer.from('worker-ä 1');
const BINARY = Buffer.of(0, 0x80, 0, 0, 0x41);
const BROKEN = Buffer.of(0xff, 0x41);

describe('Peers', () => {
  it.each([
    [TEXT, 'worker-ä 1'],
    [BINARY, '0080000041'],
    [BROKEN, 'ff41'],
    [Buffer.from('a\nb'), '610a62'],
  ])('names %j %j', (id, name) => {
    expect(start().peers.of(id)).toMatchObject({ id, name });
  });

  it('knows a peer again by the bytes of its id', () => {
    const { peers } = start();
    const peer = peers.of(BINARY);
    expect(peers.of(Buffer.from(BINARY))).toBe(peer);
    peers.of(BROKEN);
    expect([...peers]).toHaveLength(2);
  });

  it.each([TEXT, BINARY, BROKEN])('finds %j by its name', (id) => {
    const { peers } = start();
    expect(peers.find(peers.of(id).name)).toBe(peers.of(id));
  });

  it('finds the peer of that very name, text or hexadecimal', () => {
    const { peers } = start();
    const [binary, text] = [peers.of(Buffer.of(0, 1)), peers.of(Buffer.from('0001'))];
    // Both are called 0001; the one that calls itself so comes first.
    expect(peers.find('0001')).toBe(text);
    peers.gone(text.id);
    expect(peers.find('0001')).toBe(binary);
  });

  it.each(['nobody', '', '00', 'zz', '0080000041zz', '0080000041 ', TEXT.toString('hex')])(
    'finds nobody by the name %j',
    (name) => {
      const { peers } = start();
      peers.of(TEXT);
      peers.of(BINARY);
      expect(peers.find(name)).toBeUndefined();
    },
  );

  it('drops what waits for a peer that goes, and makes a new one when it comes again', async () => {
    const { peers, dropped, gone, send } = start();
    const before = peers.of(TEXT);
    const failed = send(TEXT, 'a reply');
    peers.gone(Buffer.from(TEXT));
    expect(await failed).toBe('UNREACHABLE');
    expect(dropped).toEqual(['a reply: peer-gone']);
    expect([...peers]).toEqual([]);
    peers.gone(TEXT);
    expect(gone).toEqual([before.name]);
    expect(peers.of(TEXT)).not.toBe(before);
  });

  it('tells of each when all have gone, and drops what waits for them', async () => {
    const { peers, dropped, gone, send } = start();
    const failed = [send(TEXT, 'a'), send(BINARY, 'b')];
    peers.allGone();
    expect(gone).toEqual(['worker-ä 1', '0080000041']);
    expect(dropped).toEqual(['a: peer-gone', 'b: peer-gone']);
    expect(await Promise.all(failed)).toEqual(['UNREACHABLE', 'UNREACHABLE']);
    expect([...peers]).toEqual([]);
  });

  it('adds up what waits for all', () => {
    const { peers, send } = start();
    expect(peers.queued).toEqual({ messages: 0, bytes: 0 });
    void send(TEXT, 'a');
    void send(TEXT, 'b');
    void send(BINARY, 'c');
    expect(peers.queued).toEqual({ messages: 3, bytes: 12 });
    peers.close();
  });

  it('is empty when nothing waits for anybody, and fails what waits when it is closed', async () => {
    const { peers, send } = start();
    await peers.empty();
    const failed = [send(TEXT, 'a'), send(BINARY, 'b')];
    let isEmpty = false;
    const empty = peers.empty().then(() => {
      isEmpty = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isEmpty).toBe(false);
    peers.close();
    await empty;
    expect(await Promise.all(failed)).toEqual(['CLOSED', 'CLOSED']);
    expect([...peers]).toEqual([]);
  });
});
