import { afterEach, describe, expect, it } from '@jest/globals';
import { Client, Server } from '../../src/index.js';

const opened: { close(options?: { timeoutMs: number }): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close({ timeoutMs: 0 });
});

function clientOf(address: string): Client {
  const client = new Client({ address, waitForConnection: false });
  opened.push(client);
  return client;
}

async function serve(): Promise<Server> {
  const server = new Server({ address: 'tcp://127.0.0.1:*' }).registerHandler('echo', (data) => data);
  await server.startServer();
  opened.push(server);
  return server;
}

const NOT_SENT = { name: 'ConnectionError', code: 'UNREACHABLE', outcome: 'not-sent', retryable: true };

describe('a client that does not wait for a connection', () => {
  it('fails requests at once while there is none', async () => {
    const client = clientOf('tcp://127.0.0.1:9');
    await client.connect();
    await expect(client.sendRequest('echo', 1, { timeoutMs: 60_000 })).rejects.toMatchObject({
      ...NOT_SENT,
      message: "request 'echo' to tcp://127.0.0.1:9 was not sent: there is no connection",
    });
  });

  it('connects by itself all the same, at the first request', async () => {
    const server = await serve();
    const client = clientOf(server.boundAddress as string);
    const connected = new Promise<void>((resolve) => client.on('connected', () => resolve()));
    await expect(client.sendRequest('echo', 1)).rejects.toMatchObject(NOT_SENT);
    await connected;
    expect(await client.sendRequest('echo', 2)).toBe(2);
  });

  it('sends them when there is one, and fails what has not left when it is lost', async () => {
    const server = await serve();
    const client = clientOf(server.boundAddress as string);
    await client.connect({ waitForConnection: true });
    expect(await client.sendRequest('echo', 1)).toBe(1);
    const lost = new Promise<void>((resolve) => client.on('disconnected', () => resolve()));
    await server.close({ timeoutMs: 0 });
    await lost;
    await expect(client.sendRequest('echo', 1, { timeoutMs: 60_000 })).rejects.toMatchObject(NOT_SENT);
  });

  it('fails them when the server says goodbye, and finishes what runs', async () => {
    let answer!: (value: string) => void;
    const server = await serve();
    server.registerHandler('slow', () => new Promise((resolve) => (answer = resolve)));
    const client = clientOf(server.boundAddress as string);
    await client.connect({ waitForConnection: true });
    const draining = new Promise<void>((resolve) => client.on('draining', () => resolve()));
    const running = client.sendRequest('slow');
    while ((answer as unknown) === undefined) await new Promise((resolve) => setTimeout(resolve, 2));
    const closing = server.close();
    await draining;
    await expect(client.sendRequest('echo', 1)).rejects.toMatchObject({
      ...NOT_SENT,
      message: expect.stringContaining('the server is closing'),
    });
    answer('done');
    expect(await running).toBe('done');
    await closing;
  });
});
