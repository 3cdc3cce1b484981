import { expect, it, jest } from '@jest/globals';

it('says that zeromq cannot be loaded, and why, where an endpoint needs it and no sooner', async () => {
  jest.unstable_mockModule('zeromq', () => {
    throw new Error('no native build for this machine');
  });
  const { Client, Service } = await import('../../../src/index.js');
  const service = new Service({ handlers: { add: () => 3 } });
  expect(await service.sendRequest('add')).toBe(3);
  await service.close();

  const client = new Client({ address: 'tcp://127.0.0.1:1' });
  const asked = client.sendRequest('add');
  await expect(asked).rejects.toMatchObject({ code: 'UNREACHABLE', outcome: 'not-sent' });
  await expect(client.connect()).rejects.toThrow(
    /the package zeromq cannot be loaded \(no native build for this machine\)/,
  );
  await client.close();
});
