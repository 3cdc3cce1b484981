import { Client, Server } from '@liberzmq/core';

/** The library, as its README shows it. @type {import('./run.mjs').Contender} */
export const ours = {
  async serve() {
    const server = new Server({ address: 'tcp://127.0.0.1:*' });
    server.registerHandler('echo', (data) => data);
    await server.startServer();
    return { address: server.boundAddress ?? '', close: () => server.close({ timeoutMs: 0 }) };
  },

  async connect(address) {
    const client = await new Client({ address }).connect({ waitForConnection: true });
    return { request: (data) => client.sendRequest('echo', data), close: () => client.close({ timeoutMs: 0 }) };
  },
};
