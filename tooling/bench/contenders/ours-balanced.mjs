import { LoadBalancedClient } from '@liberzmq/balancer';
import { Client } from '@liberzmq/core';
import { oursRequest } from './ours-request.mjs';

const NOW = { timeoutMs: 0 };
const BETWEEN = ' ';

/** One server, or as many as there are to be, in one process. @type {import('./contender.mjs').RequestContender['serve']} */
async function serve(setup) {
  const servers = await Promise.all(Array.from({ length: setup.servers ?? 1 }, () => oursRequest.serve(setup)));
  return {
    address: servers.map(({ address }) => address).join(BETWEEN),
    close: async () => {
      await Promise.all(servers.map(({ close }) => close()));
    },
  };
}

/** A `LoadBalancedClient` before all servers. @type {import('./contender.mjs').RequestContender} */
export const balanced = {
  serve,

  async connect(address, { idempotent = false }) {
    const addresses = address.split(BETWEEN);
    const client = new LoadBalancedClient({ addresses, idempotent, strategy: 'round_robin' });
    await client.connect();
    while (client.stats().members.some(({ state }) => state !== 'healthy')) await new Promise(setImmediate);
    return { request: (data) => client.sendRequest('echo', data), close: () => client.close(NOW) };
  },
};

/** A `Client` for each server, which are asked in turn. @type {import('./contender.mjs').RequestContender} */
export const inTurn = {
  serve,

  async connect(address) {
    const clients = address.split(BETWEEN).map((each) => new Client({ address: each }));
    for (const client of clients) await client.connect({ waitForConnection: true });
    let turn = 0;
    return {
      request: (data) => {
        turn = (turn + 1) % clients.length;
        return /** @type {Client} */ (clients[turn]).sendRequest('echo', data);
      },
      close: async () => {
        await Promise.all(clients.map((client) => client.close(NOW)));
      },
    };
  },
};
