import { describe, expect, it } from '@jest/globals';
import { Client, Dealer, Router, Server } from '@liberzmq/core';
import { addressOf, ANY_PORT, closeAfterEach, until, upTo } from './endpoints.js';

const keep = closeAfterEach();

async function pair(identity?: string): Promise<{ router: Router; dealer: Dealer }> {
  const router = keep(await new Router({ address: ANY_PORT }).connect());
  const dealer = keep(new Dealer({ address: addressOf(router), identity }));
  return { router, dealer };
}

it('carries requests one way and responses the other, matched by id', async () => {
  const { router, dealer } = await pair('dealer-一号');
  const ids = await Promise.all(upTo(100).map((n) => dealer.sendRequest({ n })));
  const requests = [];
  for await (const request of router) if (requests.push(request) === 100) break;
  expect(requests.map(({ clientId }) => clientId)).toEqual(upTo(100).map(() => 'dealer-一号'));
  expect(requests.map(({ data }) => data)).toEqual(upTo(100).map((n) => ({ n })));
  await Promise.all(
    [...requests].reverse().map(({ clientId, requestId, data }) => router.sendResponse(clientId, requestId, [data])),
  );
  const responses = new Map<string, unknown>();
  for await (const { requestId, data } of dealer) if (responses.set(requestId, data).size === 100) break;
  expect(ids.map((id) => responses.get(id))).toEqual(upTo(100).map((n) => [{ n }]));
});

it('keeps the order for each dealer', async () => {
  const router = keep(await new Router({ address: ANY_PORT }).connect());
  const dealers = upTo(3).map(() => keep(new Dealer({ address: addressOf(router) })));
  const sent = Promise.all(dealers.flatMap((dealer) => upTo(2_000).map((n) => dealer.sendRequest(n))));
  const seen = new Map<string, unknown[]>();
  let count = 0;
  for await (const { clientId, data } of router) {
    seen.set(clientId, [...(seen.get(clientId) ?? []), data]);
    if ((count += 1) === 6_000) break;
  }
  await sent;
  expect([...seen.values()]).toEqual(dealers.map(() => upTo(2_000)));
});

describe('a dealer that is not there', () => {
  it('is refused at once if it was never seen', async () => {
    const { router } = await pair();
    await expect(router.sendResponse('nobody', '1', 1)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      outcome: 'not-sent',
    });
  });

  it('is reported when it goes, and refused afterwards', async () => {
    const { router, dealer } = await pair('leaver');
    const left: string[] = [];
    router.on('clientLeft', ({ clientId }) => left.push(clientId));
    const loop = router[Symbol.asyncIterator]();
    const first = loop.next();
    await dealer.sendRequest(1);
    await first;
    await dealer.close();
    await until(() => left.length === 1, 'the router knows');
    expect(left).toEqual(['leaver']);
    await expect(router.sendResponse('leaver', '1', 1)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});

/** Is told of no departure, as happens where libzmq has no room for the notice. */
class UntoldRouter extends Router {
  protected override onFrames(frames: Buffer[]): void | Promise<void> {
    return frames.length === 2 && frames[1]?.length === 0 ? undefined : super.onFrames(frames);
  }
}

it.each([Router, UntoldRouter])('a router that connects knows when its dealer is gone (%p)', async (AnyRouter) => {
  const dealer = keep(await new Dealer({ address: ANY_PORT, bind: true, identity: 'leaver' }).connect());
  const router = keep(new AnyRouter({ address: addressOf(dealer), bind: false }));
  const left: string[] = [];
  router.on('clientLeft', ({ clientId }) => left.push(clientId));
  const request = router.receiveRequest();
  await dealer.sendRequest(1);
  expect(await request).toMatchObject({ clientId: 'leaver', data: 1 });
  await dealer.close();
  await until(() => left.length > 0, 'the router knows');
  expect(left).toEqual(['leaver']);
  await expect(router.sendResponse('leaver', '1', 1)).rejects.toMatchObject({ code: 'UNREACHABLE' });
});

it('keeps responses that nobody had fetched when the router went', async () => {
  const { router, dealer } = await pair();
  const ids = await Promise.all(upTo(5).map((n) => dealer.sendRequest(n)));
  for (const _ of ids) {
    const { clientId, requestId, data } = await router.receiveRequest();
    await router.sendResponse(clientId, requestId, data);
  }
  let left = 0;
  dealer.on('disconnected', () => (left += 1));
  await router.close();
  await until(() => left === 1, 'the router is gone');
  const data = [];
  for (const _ of ids) data.push((await dealer.receiveResponse({ timeoutMs: 2_000 })).data);
  expect(data).toEqual(upTo(5));
});

it('waits no longer than it may', async () => {
  const { router, dealer } = await pair();
  await expect(router.receiveRequest({ timeoutMs: 20 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  await expect(dealer.receiveResponse({ timeoutMs: 20 })).rejects.toMatchObject({ code: 'TIMEOUT' });
});

it('a dealer can ask a server: its body is the request', async () => {
  const server = keep(new Server({ address: ANY_PORT }).registerHandler('double', (data) => 2 * (data as number)));
  await server.startServer();
  const dealer = keep(new Dealer({ address: addressOf(server), dialect: 'classic' }));
  const id = await dealer.sendRequest({ type: 'double', data: 21 });
  expect(await dealer.receiveResponse({ timeoutMs: 5_000 })).toEqual({ requestId: id, data: 42 });
});

it('a router that gets what is not for it counts that, and goes on', async () => {
  const { router, dealer } = await pair();
  const next = router.receiveRequest();
  const malformed: string[] = [];
  router.on('malformed', ({ message }) => malformed.push(message));
  const client = keep(new Client({ address: addressOf(router) }));
  client.sendRequest('x', 1).catch(() => undefined);
  await until(() => malformed.length === 1, 'it has arrived');
  expect(router.stats().drops).toEqual({ malformed: 1 });
  await dealer.sendRequest('good');
  expect(await next).toMatchObject({ data: 'good' });
});
