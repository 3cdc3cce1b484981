import { expect, it, jest } from '@jest/globals';

const refuse = (): never => {
  throw new Error('no native build for this machine');
};
jest.unstable_mockModule('zeromq', refuse);
jest.doMock('zeromq', refuse);

it('says that zeromq cannot be loaded, and why, where an endpoint needs it and no sooner', async () => {
  const { Client, Publisher, Service, Subscriber } = await import('../../../src/index.js');
  const service = new Service({ handlers: { add: () => 3 } });
  expect(await service.sendRequest('add')).toBe(3);
  await service.close();

  const why = /the package zeromq cannot be loaded \(no native build for this machine\)/;
  const refused = { outcome: 'not-sent', retryable: false, message: expect.stringMatching(why) };
  const client = new Client({ address: 'tcp://127.0.0.1:1' });
  await expect(client.sendRequest('add')).rejects.toMatchObject({ code: 'UNREACHABLE', ...refused });
  await expect(client.connect()).rejects.toMatchObject({ code: 'UNREACHABLE', ...refused });
  const publisher = new Publisher({ address: 'tcp://127.0.0.1:*' });
  await expect(publisher.publish('news', 1)).rejects.toMatchObject({ code: 'BIND_FAILED', ...refused });
  const subscriber = new Subscriber({ address: 'tcp://127.0.0.1:1' });
  const loop = subscriber[Symbol.asyncIterator]();
  await expect(loop.next()).rejects.toMatchObject({ code: 'UNREACHABLE', ...refused });
  for (const endpoint of [client, publisher, subscriber]) await endpoint.close();
});
