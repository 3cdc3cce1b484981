import { expect, it } from '@jest/globals';
import { Router, Server } from '@liberzmq/core';
import { describeWithPython, type PythonPeer } from '@liberzmq-tooling/testkit';
import { until } from '../integration/endpoints.js';
import { startPeer } from './peer.js';
import { ECHO_CHECKED_BY_PYTHON, expectSamplesFromPython } from './samples.js';

const WAIT = { timeoutMs: 10_000 };

function startDealer(endpoint: Router | Server, identity: string): Promise<PythonPeer> {
  return startPeer('dealer', endpoint.boundAddress!, identity);
}

describeWithPython("Python's DEALER and our Router", () => {
  async function startRouter(): Promise<Router> {
    return new Router({ address: 'tcp://127.0.0.1:*' }).connect();
  }

  it('knows who asks what under which id, and answers', async () => {
    await using router = await startRouter();
    await using dealer = await startDealer(router, '客户-1');
    dealer.send({ do: 'send', data: { 问: '几点了' } });
    expect(await dealer.lines.nextLine()).toEqual({ sent: '客户-1-1' });
    const request = await router.receiveRequest(WAIT);
    expect(request).toEqual({ clientId: '客户-1', requestId: '客户-1-1', data: { 问: '几点了' } });
    await router.sendResponse(request.clientId, request.requestId, { 答: '三点' });
    dealer.send({ do: 'receive', count: 1 });
    expect(await dealer.lines.nextLine()).toEqual({ id: '客户-1-1', data: { 答: '三点' } });
  });

  it('answers several dealers, in any order and number', async () => {
    await using router = await startRouter();
    await using first = await startDealer(router, '甲');
    await using second = await startDealer(router, '乙');
    const dealers = [first, second];
    for (const dealer of dealers) {
      for (const n of [1, 2]) dealer.send({ do: 'send', data: n });
      await dealer.lines.nextLines(2);
      dealer.send({ do: 'receive', count: 4 });
    }
    const requests = [];
    while (requests.length < 4) requests.push(await router.receiveRequest(WAIT));
    for (const { clientId, requestId, data } of requests.reverse()) {
      await router.sendResponse(clientId, requestId, ['一', clientId, data]);
      await router.sendResponse(clientId, requestId, ['二', clientId, data]);
    }
    for (const [index, name] of ['甲', '乙'].entries()) {
      expect(await dealers[index]!.lines.nextLines(4)).toEqual(
        [2, 1].flatMap((n) => ['一', '二'].map((part) => ({ id: `${name}-${n}`, data: [part, name, n] }))),
      );
    }
  });

  it('takes every value of Python, and gives it back', async () => {
    await using router = await startRouter();
    await using dealer = await startDealer(router, 'samples');
    dealer.send({ do: 'echo samples', envelope: false });
    const { clientId, requestId, data } = await router.receiveRequest(WAIT);
    expectSamplesFromPython(data);
    await router.sendResponse(clientId, requestId, data);
    expect(await dealer.lines.nextLine()).toEqual({ checked: ECHO_CHECKED_BY_PYTHON });
  });

  it('learns that a dealer is gone', async () => {
    await using router = await startRouter();
    const dealer = await startDealer(router, '过客');
    dealer.send({ do: 'send', data: 1 });
    await router.receiveRequest(WAIT);
    const left: unknown[] = [];
    router.on('clientLeft', (event) => left.push(event));
    // A router that nobody reads does not see what happens.
    const reading = router.receiveRequest().catch(() => undefined);
    dealer.kill('SIGKILL');
    await dealer.ended;
    await until(() => left.length > 0, 'the router knows that the dealer is gone');
    expect(left).toEqual([{ clientId: '过客' }]);
    await expect(router.sendResponse('过客', '过客-1', 1)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await router.close();
    await reading;
  });
});

describeWithPython("Python's DEALER and our Server", () => {
  async function startServer(): Promise<Server> {
    const server = new Server({ address: 'tcp://127.0.0.1:*' });
    server.registerHandler('echo', (data) => data);
    return server.startServer();
  }

  it('answers an id and a body in the same form, without a delimiter', async () => {
    await using server = await startServer();
    await using dealer = await startDealer(server, '客户-2');
    dealer.send({ do: 'request', type: 'echo', data: { 文: '字' } });
    expect(await dealer.lines.nextLine()).toEqual({ sent: '客户-2-1' });
    dealer.send({ do: 'receive', count: 1 });
    expect(await dealer.lines.nextLine()).toEqual({ id: '客户-2-1', data: { 文: '字' } });
    dealer.send({ do: 'echo samples', envelope: true });
    expect(await dealer.lines.nextLine()).toEqual({ checked: ECHO_CHECKED_BY_PYTHON });
  });

  it('answers requests that are in flight together as they finish', async () => {
    await using server = await startServer();
    const releases = new Map<number, () => void>();
    server.registerHandler('hold', async (data) => {
      await new Promise<void>((release) => releases.set(data as number, release));
      return data;
    });
    await using dealer = await startDealer(server, 'd');
    for (const n of [1, 2, 3]) dealer.send({ do: 'request', type: 'hold', data: n });
    await dealer.lines.nextLines(3);
    dealer.send({ do: 'receive', count: 3 });
    await until(() => releases.size === 3, 'all requests are here');
    for (const n of [3, 1, 2]) {
      releases.get(n)?.();
      expect(await dealer.lines.nextLine()).toEqual({ id: `d-${n}`, data: n });
    }
  });

  it('answers errors, and bodies without an envelope', async () => {
    await using server = await startServer();
    await using dealer = await startDealer(server, 'e');
    dealer.send({ do: 'request', type: '不存在', data: null });
    dealer.send({ do: 'send', data: ['纯', '文本'] });
    await dealer.lines.nextLines(2);
    dealer.send({ do: 'receive', count: 2 });
    expect(await dealer.lines.nextLines(2)).toMatchObject([
      { id: 'e-1', data: { status: 'error', request_type: '不存在', code: 'UNKNOWN_ACTION' } },
      { id: 'e-2', data: { status: 'error', request_type: 'unknown', code: 'UNKNOWN_ACTION' } },
    ]);
    server.setDefaultHandler((data, { action }) => ({ action, data }));
    dealer.send({ do: 'send', data: ['纯', '文本'] });
    await dealer.lines.nextLine();
    dealer.send({ do: 'receive', count: 1 });
    expect(await dealer.lines.nextLine()).toEqual({ id: 'e-3', data: { action: 'unknown', data: ['纯', '文本'] } });
  });
});
