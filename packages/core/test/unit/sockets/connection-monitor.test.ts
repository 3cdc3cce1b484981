import { describe, expect, it } from '@jest/globals';
import type { Event } from 'zeromq';
import { ConnectionMonitor } from '../../../src/sockets/connection-monitor.js';
import type { Socket } from '../../../src/sockets/open-socket.js';

const ADDRESS = 'tcp://127.0.0.1:5555';

const event = (type: string, more: object = {}): Event => ({ type, address: ADDRESS, ...more }) as unknown as Event;
const refused = event('handshake:error:auth', { error: new Error('denied'), status: 400 });

/** A socket that reports these events, and is closed then, or fails. */
function socketWith(events: readonly Event[], failure?: Error): Socket {
  const left = [...events];
  const socket = {
    closed: false,
    events: {
      receive: (): Promise<Event> => {
        const next = left.shift();
        if (next !== undefined) return Promise.resolve(next);
        if (failure !== undefined) return Promise.reject(failure);
        socket.closed = true;
        return Promise.reject(new Error('Socket is closed'));
      },
    },
  };
  return socket as unknown as Socket;
}

/** What a monitor reports of these events, and how many connections it counts after each report. */
async function watch(...events: readonly Event[]) {
  const reports: [type: string, facts: object][] = [];
  const monitor = new ConnectionMonitor(socketWith(events), 0, (type, facts) => void reports.push([type, facts]));
  await monitor.watch();
  return { reports, connections: monitor.connections };
}

const CONNECTED = ['connected', { address: ADDRESS }];
const DISCONNECTED = ['disconnected', { address: ADDRESS }];

describe('ConnectionMonitor', () => {
  it('counts a connection from its handshake to its end', async () => {
    const made = [event('accept'), event('handshake')];
    expect(await watch(...made)).toEqual({ reports: [CONNECTED], connections: 1 });
    expect(await watch(...made, event('disconnect'))).toEqual({ reports: [CONNECTED, DISCONNECTED], connections: 0 });
  });

  it('counts many', async () => {
    const made = [event('accept'), event('accept'), event('handshake'), event('handshake')];
    const { reports, connections } = await watch(...made, event('disconnect'));
    expect(reports).toEqual([CONNECTED, CONNECTED, DISCONNECTED]);
    expect(connections).toBe(1);
  });

  it('counts a connection that is made anew', async () => {
    const once = [event('connect:delay'), event('connect'), event('handshake'), event('disconnect')];
    expect(await watch(...once, ...once.slice(0, 3))).toEqual({
      reports: [CONNECTED, DISCONNECTED, CONNECTED],
      connections: 1,
    });
  });

  it('does not count a handshake that failed, nor the end of what was none', async () => {
    const { reports, connections } = await watch(
      ...[event('accept'), event('handshake')],
      ...[event('accept'), refused, event('disconnect')],
      ...[event('accept'), refused, event('disconnect')],
    );
    expect(reports.map(([type]) => type)).toEqual(['connected', 'handshakeFailed', 'handshakeFailed']);
    expect(connections).toBe(1);
  });

  it('tells of the end of a connection that comes after a handshake that failed', async () => {
    const { reports, connections } = await watch(
      ...[event('accept'), event('handshake')],
      ...[event('accept'), refused, event('disconnect')],
      event('disconnect'),
    );
    expect(reports.at(-1)).toEqual(DISCONNECTED);
    expect(connections).toBe(0);
  });

  it('does not count who came and went without a handshake, but says so', async () => {
    const gone = [
      'handshakeFailed',
      { address: ADDRESS, reason: 'other', message: expect.stringContaining('handshake') },
    ];
    expect(await watch(event('accept'), event('disconnect'))).toEqual({ reports: [gone], connections: 0 });
    expect(await watch(event('disconnect'))).toEqual({ reports: [], connections: 0 });
    const { connections } = await watch(event('accept'), event('handshake'), event('accept'), event('disconnect'));
    expect(connections).toBe(1);
  });

  it('takes an end for that of a handshake that has not been completed, if there is one', async () => {
    const [came, completed, left] = [event('accept'), event('handshake'), event('disconnect')];
    expect((await watch(came, came, completed, left)).connections).toBe(1);
    expect((await watch(came, came, completed, left, left)).connections).toBe(0);
    expect((await watch(came, left, came, completed, left)).reports.slice(-2)).toEqual([CONNECTED, DISCONNECTED]);
    expect((await watch(came, completed, came, came, refused, left, left)).connections).toBe(1);
  });

  it('counts right again once a handshake is completed whose end it believed to have seen', async () => {
    const [came, completed, left] = [event('accept'), event('handshake'), event('disconnect')];
    // The first one goes while the second one is not through yet.
    const mixed = [came, completed, came, left, completed];
    expect((await watch(...mixed)).connections).toBe(1);
    expect(await watch(...mixed, left)).toMatchObject({ connections: 0 });
  });

  it.each([
    ['protocol', { error: new Error('not ZMTP') }, 'not ZMTP'],
    ['auth', { error: new Error('denied'), status: 400 }, 'denied'],
    ['other', { error: new Error('EOF') }, 'EOF'],
  ])('says why a handshake failed: %s', async (reason, more, message) => {
    const { reports } = await watch(event('accept'), event(`handshake:error:${reason}`, more));
    expect(reports).toEqual([['handshakeFailed', { address: ADDRESS, reason, message }]]);
  });

  it('says when the next attempt to connect comes', async () => {
    const { reports } = await watch(event('connect:retry', { interval: 200 }));
    expect(reports).toEqual([['retrying', { address: ADDRESS, intervalMs: 200 }]]);
  });

  it('says nothing of other events', async () => {
    const others = ['bind', 'bind:error', 'accept:error', 'connect:delay', 'unknown'].map((type) => event(type));
    expect(await watch(...others)).toEqual({ reports: [], connections: 0 });
  });

  it('reads on after the socket is closed, until the socket is gone, and reports nothing of that', async () => {
    const reports: unknown[] = [];
    const socket = socketWith([event('connect'), event('handshake'), event('disconnect'), event('end'), event('end')]);
    const monitor = new ConnectionMonitor(socket, 0, (type) => {
      reports.push(type);
      Object.assign(socket, { closed: true });
    });
    await monitor.watch();
    expect(reports).toEqual(['connected']);
    await expect(socket.events.receive()).resolves.toMatchObject({ type: 'end' });
  });

  it('ends with the socket, and rejects when reading fails before that', async () => {
    const monitor = new ConnectionMonitor(socketWith([], new Error('broken')), 0, () => undefined);
    await expect(monitor.watch()).rejects.toThrow('broken');
  });
});
