import { afterEach, describe, expect, it } from '@jest/globals';
import { Client, createError, OverloadedError, Server, Service, type Requester } from '../../src/index.js';
import { BoundedCall, isOfInnerCall } from '../../src/requesters/index.js';

const opened: { close(options?: { timeoutMs: number }): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close({ timeoutMs: 0 });
});

async function before(service: Requester): Promise<Client> {
  const server = new Server({ address: 'tcp://127.0.0.1:*', service });
  await server.startServer();
  const client = new Client({ address: server.boundAddress as string });
  opened.push(server, client);
  return client;
}

const layered = (inner: Requester): Requester => ({
  sendRequest: (action, data, options) => inner.sendRequest(action, data, options),
  close: (options) => inner.close(options),
});

describe('a handler that lets out an error of a call of its own has run: to try the whole again is not safe', () => {
  const busy = () =>
    new Service({ handlers: { busy: () => Promise.reject(new OverloadedError('OVERLOADED', 'busy')) } });

  it('when another server has refused', async () => {
    const backend = await before(busy());
    const gateway = () => new Service({ handlers: { act: () => backend.sendRequest('busy') } });
    const error = { code: 'OVERLOADED', outcome: 'answered', retryable: false };
    await expect((await before(gateway())).sendRequest('act')).rejects.toMatchObject(error);
    await expect((await before(layered(gateway()))).sendRequest('act')).rejects.toMatchObject(error);
  });

  it('when its call was not sent', async () => {
    const service = new Service({ handlers: { act: () => Promise.reject(createError('UNREACHABLE', 'no database')) } });
    const error = { code: 'UNREACHABLE', outcome: 'answered', retryable: false };
    await expect((await before(service)).sendRequest('act')).rejects.toMatchObject(error);
    await expect((await before(layered(service))).sendRequest('act')).rejects.toMatchObject(error);
  });

  it('but its own word holds', async () => {
    await expect((await before(busy())).sendRequest('busy')).rejects.toMatchObject({ retryable: true });
  });

  it('and behind a gateway it is the request itself that was refused', async () => {
    const backend = await before(busy());
    await expect((await before(backend)).sendRequest('busy')).rejects.toMatchObject({ retryable: true });
  });

  it('as is known in its own process, too', async () => {
    const [own, other] = [new OverloadedError('OVERLOADED', 'busy'), createError('UNREACHABLE', 'no database')];
    const service = new Service({ handlers: { own: () => Promise.reject(own), other: () => Promise.reject(other) } });
    await expect(service.sendRequest('own')).rejects.toBe(own);
    await expect(service.sendRequest('other')).rejects.toBe(other);
    expect([isOfInnerCall(own), isOfInnerCall(other)]).toEqual([false, true]);
  });
});

it('a bounded call whose signal has aborted before asks nobody', async () => {
  let asked = 0;
  const inner = layered(new Service({ handlers: { act: () => (asked += 1) } }));
  const call = { inner, action: 'act', data: 1, options: undefined, tooLate: 'too late' };
  const { promise } = new BoundedCall(call, { deadline: Infinity, signals: [AbortSignal.abort()] });
  await expect(promise).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
  expect(asked).toBe(0);
});
