import { expect, it } from '@jest/globals';
import { RemoteError, Server } from '@liberzmq/core';
import { describeWithPython } from '@liberzmq-tooling/testkit';
import { startPeer } from './peer.js';
import { CHECKED_BY_PYTHON, ECHO_CHECKED_BY_PYTHON, expectSamplesFromPython, FROM_NODE } from './samples.js';

async function startServer(): Promise<Server> {
  const server = new Server({ address: 'tcp://127.0.0.1:*' });
  server.registerHandler('echo', (data) => data);
  return server.startServer();
}

function startClient(server: Server) {
  return startPeer('req', server.boundAddress!);
}

describeWithPython("Python's REQ and our Server", () => {
  it('answers requests, with Chinese in the action, the data and the result', async () => {
    await using server = await startServer();
    server.registerHandler('查询余额', (data) => ({ 账户: (data as { 账户: string }).账户, 余额: 12.5 }));
    await using client = await startClient(server);
    client.send({ do: 'request', type: '查询余额', data: { 账户: '张三' } });
    expect(await client.lines.nextLine()).toEqual({ reply: { 账户: '张三', 余额: 12.5 } });
    for (const data of [null, 0, false, '', 'text', [1, [2]], { a: { b: null } }]) {
      client.send({ do: 'request', type: 'echo', data });
      expect(await client.lines.nextLine()).toEqual({ reply: data });
    }
  });

  it('gives a handler what the envelope says', async () => {
    await using server = await startServer();
    server.registerHandler('whoami', (_data, context) => [context.action, typeof context.requestId, context.headers]);
    await using client = await startClient(server);
    client.send({ do: 'request', type: 'whoami', data: null });
    expect(await client.lines.nextLine()).toEqual({ reply: ['whoami', 'string', {}] });
  });

  it('takes every tagged value and gives it back', async () => {
    await using server = await startServer();
    let received: unknown;
    server.unregisterHandler('echo');
    server.registerHandler('echo', (data) => (received = data));
    server.registerHandler('samples', () => FROM_NODE);
    await using client = await startClient(server);
    client.send({ do: 'echo samples' });
    expect(await client.lines.nextLine()).toEqual({ checked: ECHO_CHECKED_BY_PYTHON });
    expectSamplesFromPython(received);
    client.send({ do: 'fetch samples' });
    expect(await client.lines.nextLine()).toEqual({ checked: CHECKED_BY_PYTHON });
  });

  it("answers Python's call, whose arguments are a tuple", async () => {
    await using server = await startServer();
    server.registerHandler('call', (data) => {
      const { method, args, kwargs } = data as { method: string; args: number[]; kwargs: { start: number } };
      return { [method]: args.reduce((sum, each) => sum + each, kwargs.start) };
    });
    await using client = await startClient(server);
    client.send({ do: 'call', method: '求和', args: [1, 2, 3], kwargs: { start: 10 } });
    expect(await client.lines.nextLine()).toEqual({ reply: { 求和: 16 } });
  });

  it('answers a ping without a handler', async () => {
    await using server = await startServer();
    await using client = await startClient(server);
    client.send({ do: 'request', type: 'ping', data: { timestamp: 1.5, client_id: 1 } });
    expect(await client.lines.nextLine()).toEqual({ reply: { status: 'SERVING' } });
    server.setStatus('NOT_SERVING');
    client.send({ do: 'request', type: 'ping', data: { timestamp: 2.5, client_id: 1 } });
    expect(await client.lines.nextLine()).toEqual({ reply: { status: 'NOT_SERVING' } });
  });

  it('answers errors in the form that Python knows, with our fields beside', async () => {
    await using server = await startServer();
    server.registerHandler('付款', () => {
      throw new Error('余额不足');
    });
    server.registerHandler('later', () => {
      throw new RemoteError('REMOTE', 'come back later', { retryable: true, details: { afterSeconds: 3 } });
    });
    await using client = await startClient(server);
    client.send({ do: 'request', type: '付款' });
    expect(await client.lines.nextLine()).toEqual({
      reply: { status: 'error', message: '余额不足', request_type: '付款', code: 'REMOTE', retryable: false },
    });
    client.send({ do: 'request', type: 'later' });
    expect(await client.lines.nextLine()).toEqual({
      reply: {
        status: 'error',
        message: 'come back later',
        request_type: 'later',
        code: 'REMOTE',
        retryable: true,
        details: { afterSeconds: 3 },
      },
    });
    client.send({ do: 'request', type: '不存在' });
    expect(await client.lines.nextLine()).toEqual({
      reply: {
        status: 'error',
        message: expect.stringContaining("'不存在'"),
        request_type: '不存在',
        code: 'UNKNOWN_ACTION',
        retryable: false,
      },
    });
  });

  it('hands a body without an envelope to the default handler, as the action unknown', async () => {
    await using server = await startServer();
    server.setDefaultHandler((data, context) => ({ action: context.action, data }));
    await using client = await startClient(server);
    for (const data of ['纯文本', 42, null, [1, 2], { 没有: '类型' }]) {
      client.send({ do: 'bare', data });
      expect(await client.lines.nextLine()).toEqual({ reply: { action: 'unknown', data } });
    }
  });

  it('answers several clients at once', async () => {
    await using server = await startServer();
    let arrived = 0;
    let release = (): void => {};
    const all = new Promise<void>((resolve) => (release = resolve));
    server.registerHandler('meet', async (data) => {
      arrived += 1;
      if (arrived === 3) release();
      await all;
      return data;
    });
    await using first = await startClient(server);
    await using second = await startClient(server);
    await using third = await startClient(server);
    const clients = [first, second, third];
    for (const [number, client] of clients.entries()) client.send({ do: 'request', type: 'meet', data: number });
    const replies = await Promise.all(clients.map((client) => client.lines.nextLine()));
    expect(replies).toEqual([{ reply: 0 }, { reply: 1 }, { reply: 2 }]);
  });
});
