import { Client, Server } from '@liberzmq/core';
import { features } from './features.mjs';

const NOW = { timeoutMs: 0 };

/** `Client` and `Server`, as the README of core shows them. @type {import('./contender.mjs').RequestContender} */
export const oursRequest = {
  async serve(setup) {
    const { endpoint, middleware } = features(setup);
    const server = new Server({ address: 'tcp://127.0.0.1:*', ...endpoint });
    for (const each of middleware) server.addMiddleware(each);
    server.registerHandler('echo', (data) => data);
    await server.startServer();
    return { address: server.boundAddress ?? '', close: () => server.close(NOW) };
  },

  async connect(address, setup) {
    const { endpoint, middleware, call } = features(setup);
    const { outbox } = setup;
    const client = new Client({ address, ...endpoint, outbox });
    for (const each of middleware) client.addMiddleware(each);
    await client.connect({ waitForConnection: true });
    return {
      request: setup.features
        ? (data) => client.sendRequest('echo', data, call)
        : (data) => client.sendRequest('echo', data),
      close: () => client.close(NOW),
    };
  },
};
