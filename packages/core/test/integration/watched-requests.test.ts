import { afterEach, describe, expect, it } from '@jest/globals';
import { Client, Server } from '../../src/index.js';
import type { AbortListener, RequestWatcher } from '../../src/requesters/index.js';

const opened: { close(options?: { timeoutMs: number }): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close({ timeoutMs: 0 });
});

class Watcher implements RequestWatcher {
  readonly seen: unknown[] = [];
  request: AbortListener | undefined;
  constructor(readonly instead: (error: unknown) => Promise<unknown> | undefined = () => undefined) {}

  began(request: AbortListener): void {
    this.request = request;
    this.seen.push('began');
  }

  succeeded(): void {
    this.seen.push('succeeded');
  }

  failed(error: unknown, isAnswer: boolean): Promise<unknown> | undefined {
    this.seen.push((error as { code: string }).code, isAnswer);
    return this.instead(error);
  }
}

async function connected(): Promise<[Client, Server]> {
  const server = new Server({ address: 'tcp://127.0.0.1:*' })
    .registerHandler('echo', (data) => data)
    .registerHandler('fail', () => Promise.reject(new Error('no')));
  await server.startServer();
  const client = new Client({ address: server.boundAddress as string });
  opened.push(server, client);
  await client.connect({ waitForConnection: true });
  return [client, server];
}

describe('a watched request', () => {
  it('tells its watcher first, and comes to the same as any other', async () => {
    const [client] = await connected();
    const [good, bad] = [new Watcher(), new Watcher()];
    const order: unknown[] = [];
    await client.sendWatched('echo', 7, undefined, good).then((result) => order.push([result, ...good.seen]));
    expect(order).toEqual([[7, 'began', 'succeeded']]);
    await expect(client.sendWatched('fail', 7, undefined, bad)).rejects.toMatchObject({ code: 'REMOTE' });
    expect(bad.seen).toEqual(['began', 'REMOTE', true]);
  });

  it('comes to what its watcher puts in the place of a failure', async () => {
    const [client] = await connected();
    const again = new Watcher(() => client.sendRequest('echo', 'again'));
    expect(await client.sendWatched('fail', 1, undefined, again)).toBe('again');
    const neither = new Watcher(() => Promise.reject(new Error('neither')));
    await expect(client.sendWatched('fail', 1, undefined, neither)).rejects.toThrow('neither');
    await client.close();
    const closed = new Watcher(() => Promise.resolve('elsewhere'));
    expect(await client.sendWatched('echo', 1, undefined, closed)).toBe('elsewhere');
    expect(closed.seen).toEqual(['CLOSED', false]);
  });

  it('is found as long as it is under way, the oldest first, and can be ended: the server is told so', async () => {
    const [client, server] = await connected();
    const stopped: unknown[] = [];
    server.registerHandler('wait', (name, { signal }) => {
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          stopped.push(name);
          reject(new Error('stopped'));
        });
      });
    });
    const [first, second] = [new Watcher(), new Watcher()];
    const requests = [
      client.sendWatched('wait', 'first', undefined, first),
      client.sendRequest('echo', 'not watched'),
      client.sendWatched('wait', 'second', undefined, second),
    ];
    await requests[1];
    expect(client.watchers()).toEqual([first, second]);
    first.request?.onAborted('no reason');
    await expect(requests[0]).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(client.watchers()).toEqual([second]);
    while (stopped.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(stopped).toEqual(['first']);
    second.request?.onAborted('no reason');
    await expect(requests[2]).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
