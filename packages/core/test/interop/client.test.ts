import { expect, it } from '@jest/globals';
import { Client } from '@liberzmq/core';
import { describeWithPython } from '@liberzmq-tooling/testkit';
import { upTo } from '../integration/endpoints.js';
import { startPeer } from './peer.js';
import { CHECKED_BY_PYTHON, ECHO_CHECKED_BY_PYTHON, expectSamplesFromPython, FROM_NODE } from './samples.js';

const TIMEOUT_MS = 10_000;

function clientOf(peer: { readonly address: string }): Client {
  return new Client({ dialect: 'classic', address: peer.address, timeoutMs: TIMEOUT_MS });
}

describeWithPython("our Client and Python's REP", () => {
  it('gets results, with Chinese in the action, the data and the result', async () => {
    await using server = await startPeer('rep');
    await using client = clientOf(server);
    expect(await client.sendRequest('add', { a: 1, b: 2 })).toBe(3);
    expect(await client.sendRequest('查询余额', { 账户: '张三' })).toEqual({ 账户: '张三', 余额: 12.5 });
    for (const data of [null, 0, false, '', 'text', [1, [2]], { a: { b: null } }]) {
      expect(await client.sendRequest('echo', data)).toEqual(data);
    }
    expect(await client.sendRequest('echo')).toBeNull();
  });

  it('sends every value as Python has it, and understands every value of Python', async () => {
    await using server = await startPeer('rep');
    await using client = clientOf(server);
    expect(await client.sendRequest('check samples', FROM_NODE)).toEqual(CHECKED_BY_PYTHON);
    const samples = await client.sendRequest('samples');
    expectSamplesFromPython(samples);
    expect(await client.sendRequest('check echo', samples)).toEqual(ECHO_CHECKED_BY_PYTHON);
  });

  it('has hundreds of requests in flight to one REP, and gives each its own answer', async () => {
    await using server = await startPeer('rep');
    await using client = clientOf(server);
    const answers = upTo(500).map((number) => client.sendRequest('echo', { number, text: `第${number}个` }));
    expect(client.stats().inFlight).toBe(500);
    expect(await Promise.all(answers)).toEqual(upTo(500).map((number) => ({ number, text: `第${number}个` })));
    expect(client.stats()).toMatchObject({ inFlight: 0, drops: {}, errors: {} });
    expect(await client.sendRequest('count')).toBe(500);
  });

  it('shares one REP with other clients that have as many in flight', async () => {
    await using server = await startPeer('rep');
    await using first = clientOf(server);
    await using second = clientOf(server);
    await using third = clientOf(server);
    const answers = [first, second, third].flatMap((client, index) =>
      upTo(200).map(async (number) => {
        expect(await client.sendRequest('echo', [index, number])).toEqual([index, number]);
      }),
    );
    await Promise.all(answers);
    expect(await first.sendRequest('count')).toBe(600);
  });

  it('calls methods of Python by name', async () => {
    await using server = await startPeer('rep');
    await using client = clientOf(server);
    expect(await client.call('greet', '张三')).toBe('你好，张三');
    expect(await client.call('greet', 'Ada', 'hello')).toBe('hello，Ada');
    expect(await client.call('total', 1, 2, 3)).toBe(6);
    const data = { method: 'total', args: { __type__: 'tuple', value: [1, 2] }, kwargs: { start: 10 } };
    expect(await client.sendRequest('call', data)).toBe(13);
  });

  it('takes any answer to a ping, an error too', async () => {
    await using server = await startPeer('rep');
    await using client = clientOf(server);
    await expect(client.sendRequest('ping', {})).rejects.toMatchObject({ code: 'REMOTE' });
    const ms = await client.ping({ timeoutMs: TIMEOUT_MS });
    expect(ms).toBeGreaterThan(0);
    expect(ms).toBeLessThan(TIMEOUT_MS);
  });

  it("rejects with Python's errors", async () => {
    await using server = await startPeer('rep');
    await using client = clientOf(server);
    await expect(client.sendRequest('不存在', {})).rejects.toMatchObject({
      name: 'RemoteError',
      code: 'REMOTE',
      outcome: 'answered',
      retryable: false,
      message: '未知的请求类型: 不存在',
    });
    await expect(client.sendRequest('fail', { reason: '库存不足' })).rejects.toMatchObject({
      name: 'RemoteError',
      code: 'REMOTE',
      message: '处理请求时发生错误: 库存不足',
    });
    await expect(client.call('total', 'x')).rejects.toMatchObject({ code: 'REMOTE' });
  });

  it('tells errors from results by request_type and code, not by the status alone', async () => {
    await using server = await startPeer('rep');
    await using client = clientOf(server);
    const status = { status: 'error', message: '硬盘有错误' };
    expect(await client.sendRequest('echo', status)).toEqual(status);
    for (const result of [{ status: 'ok', code: 7 }, { request_type: 'x' }, { error: '没有' }, [status]]) {
      expect(await client.sendRequest('echo', result)).toEqual(result);
    }
    await expect(client.sendRequest('echo', { ...status, request_type: 'echo' })).rejects.toMatchObject({
      code: 'REMOTE',
      message: '硬盘有错误',
    });
    const full = { ...status, code: 'OVERLOADED', retryable: true, details: { queue: 9 } };
    await expect(client.sendRequest('echo', full)).rejects.toMatchObject({
      name: 'OverloadedError',
      code: 'OVERLOADED',
      outcome: 'answered',
      retryable: true,
      details: { queue: 9 },
      message: '硬盘有错误',
    });
    await expect(client.sendRequest('echo', { ...status, code: 'E_DISK' })).rejects.toMatchObject({
      name: 'RemoteError',
      code: 'E_DISK',
      outcome: 'answered',
    });
  });
});
