import { describe, expect, it } from '@jest/globals';
import { Server } from '@liberzmq/core';
import { KIND } from '../../src/wire/native/format.js';
import { ANY_PORT, closeAfterEach, until, upTo } from './endpoints.js';
import { PlainClient } from './plain-client.js';

const keep = closeAfterEach();

const REQUESTS = 5_000;
const HANDLER_MS = 0.1;

/** A server whose handlers keep the event loop busy, and what they have been given. */
async function busyServer() {
  const server = keep(new Server({ address: ANY_PORT }));
  const ran: unknown[] = [];
  server.registerHandler('burn', (data) => {
    ran.push(data);
    for (const end = performance.now() + HANDLER_MS; performance.now() < end;);
  });
  await server.startServer();
  return { server, ran };
}

/** Sends many requests in one packet. */
async function flood(client: PlainClient): Promise<void> {
  await client.say((writer) => {
    for (const index of upTo(REQUESTS)) {
      writer.record(KIND.request, { id: index + 1, subject: 'burn' }, 'json', String(index));
    }
  });
}

describe('a packet whose requests take long together', () => {
  it('does not keep the other clients from being answered', async () => {
    const { server, ran } = await busyServer();
    await using greedy = new PlainClient(server);
    await using modest = new PlainClient(server);
    await flood(greedy);
    await until(() => ran.length > 0, 'it has begun');
    for (const id of [1, 2, 3]) {
      await modest.say((writer) => writer.record(KIND.ping, { id }));
      expect((await modest.hear()).map((record) => [record.kind, record.id])).toEqual([[KIND.pong, id]]);
    }
    expect(ran.length).toBeLessThan(REQUESTS);
    await until(() => ran.length === REQUESTS, 'all have run', 15_000);
    expect(ran).toEqual(upTo(REQUESTS));
  });

  it('is taken before what its client sends behind it', async () => {
    const { server, ran } = await busyServer();
    await using client = new PlainClient(server);
    await flood(client);
    await until(() => ran.length > 0, 'it has begun');
    await client.say((writer) => {
      writer.record(KIND.request, { id: REQUESTS + 1, subject: 'burn' }, 'json', '"native"');
    });
    await client.send('', JSON.stringify({ type: 'burn', data: 'classic' }));
    await until(() => ran.length === REQUESTS + 2, 'all have run', 15_000);
    expect(ran).toEqual([...upTo(REQUESTS), 'native', 'classic']);
  });

  it('is dropped when its client goes', async () => {
    const { server, ran } = await busyServer();
    await using other = new PlainClient(server);
    {
      await using client = new PlainClient(server);
      await flood(client);
      await until(() => ran.length > 0, 'it has begun');
    }
    let before;
    do {
      before = ran.length;
      await other.say((writer) => writer.record(KIND.ping, { id: 1 }));
      await other.hear();
      await new Promise((resolve) => setTimeout(resolve, 50));
    } while (ran.length > before);
    expect(ran.length).toBeLessThan(REQUESTS);
  });

  it('is refused, as far as it has not begun, by a server that closes', async () => {
    const { server, ran } = await busyServer();
    await using client = new PlainClient(server);
    await flood(client);
    await until(() => ran.length > 0, 'it has begun');
    await server.close();
    expect(ran.length).toBeLessThan(REQUESTS);
    expect(server.stats().errors).toEqual({ DRAINING: REQUESTS - ran.length });
  });
});
