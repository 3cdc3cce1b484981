import { describe, expect, it, jest } from '@jest/globals';
import { Backlogs } from '../../../src/request/backlogs.js';
import { ClientSession } from '../../../src/request/client-session.js';
import type { Peer } from '../../../src/sockets/peers.js';
import type { NativeRecord } from '../../../src/wire/native/native-record.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

/** More than a turn of the event loop may take. */
const RECORDS = 128;

/** A message is the name of a record, or `many` of them, each of which takes a while. */
function start(mostWaiting = Infinity) {
  const taken: string[] = [];
  const backlogs: Backlogs = new Backlogs(
    {
      takeMessage(peer, [frame]) {
        const text = String(frame);
        const names = text.startsWith('many') ? Array.from({ length: RECORDS }, () => text) : [text];
        backlogs.takeRecords(peer, names as unknown as readonly NativeRecord[]);
      },
      takeRecord(peer, record) {
        taken.push(`${peer.name}: ${record as unknown as string}`);
        jest.advanceTimersByTime(1);
      },
    },
    mostWaiting,
  );
  const take = (peer: Peer<ClientSession>, message: string) => backlogs.takeMessage(peer, [Buffer.from(message)]);
  return { backlogs, taken, take };
}

function client(name: string): Peer<ClientSession> {
  const outbox = { flush: () => undefined } as unknown as Peer['outbox'];
  return { id: Buffer.from(name), name, outbox, session: new ClientSession() };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await turn();
}

/** Of equal ones in a row, one. */
function runs(taken: readonly string[]): string[] {
  return taken.filter((name, index) => name !== taken[index - 1]);
}

describe('Backlogs', () => {
  it('takes at once what does not take long', () => {
    const { taken, take } = start();
    const a = client('a');
    for (const message of ['1', '2', '3']) expect(take(a, message)).toBeUndefined();
    expect(taken).toEqual(['a: 1', 'a: 2', 'a: 3']);
  });

  it('takes the rest in later turns, behind it what came later, and others meanwhile', async () => {
    const { taken, take } = start();
    const [a, b] = [client('a'), client('b')];
    void take(a, 'many');
    expect(taken.length).toBeLessThan(RECORDS);
    void take(a, 'next');
    void take(b, 'other');
    await turns(20);
    expect(runs(taken)).toEqual(['a: many', 'b: other', 'a: many', 'a: next']);
    expect(taken.length).toBe(RECORDS + 2);
    void take(a, 'later');
    expect(taken.at(-1)).toBe('a: later');
  });

  it('gives each client its turn', async () => {
    const { taken, take } = start();
    const [a, b] = [client('a'), client('b')];
    void take(a, 'many 1');
    void take(a, 'many 2');
    void take(b, 'many');
    await turns(30);
    expect(taken.length).toBe(3 * RECORDS);
    expect(taken.lastIndexOf('b: many')).toBeLessThan(taken.lastIndexOf('a: many 2'));
    expect(taken.lastIndexOf('a: many 1')).toBeLessThan(taken.indexOf('a: many 2'));
  });

  it('has nothing more read while too much of a client waits', async () => {
    const { taken, take } = start(2);
    const [a, b] = [client('a'), client('b')];
    void take(b, 'many');
    void take(a, 'many');
    expect(take(a, '1')).toBeUndefined();
    const full = take(a, '2');
    let mayRead = false;
    void Promise.resolve(full).then(() => (mayRead = true));
    expect(full).toBeInstanceOf(Promise);
    await turn();
    expect(mayRead).toBe(false);
    await turns(20);
    expect(mayRead).toBe(true);
    expect(taken.slice(-2)).toEqual(['a: 1', 'a: 2']);
  });

  it.each(['forget', 'close'] as const)('drops what waits of a client that is gone, and reads on (%s)', async (how) => {
    const { backlogs, taken, take } = start(1);
    const [a, b] = [client('a'), client('b')];
    void take(a, 'many');
    const full = take(a, 'next');
    backlogs[how](a);
    await full;
    const before = taken.length;
    await turns(20);
    expect(taken.length).toBe(before);
    void take(b, 'other');
    expect(taken.at(-1)).toBe('b: other');
  });

  it('forgets a client that nothing waits of, and no other', async () => {
    const { backlogs, taken, take } = start();
    const [a, b] = [client('a'), client('b')];
    void take(a, 'many');
    backlogs.forget(b);
    await turns(20);
    expect(taken.length).toBe(RECORDS);
  });
});
