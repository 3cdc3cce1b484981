import { describeRequesterLaws } from '@liberzmq-tooling/testkit';
import { Server, Service, type ActionHandler } from '@liberzmq/core';
import { ConnectionPool, type ConnectionPoolOptions } from '../../src/connection-pool.js';

/** A pool of connections to a server with these handlers. */
async function pooled(handlers: Readonly<Record<string, ActionHandler>>, options: Partial<ConnectionPoolOptions>) {
  const server = new Server({ address: 'tcp://127.0.0.1:*', service: new Service({ handlers }) });
  await server.startServer();
  const requester = new ConnectionPool({ address: server.boundAddress as string, ...options });
  return { requester, foreignErrors: 'remote', close: () => server.close({ timeoutMs: 0 }) } as const;
}

describeRequesterLaws('ConnectionPool', (handlers) => pooled(handlers, { maxSize: 4 }));
describeRequesterLaws('ConnectionPool of one', (handlers) => pooled(handlers, { maxSize: 1 }));

describeRequesterLaws('PooledConnection', async (handlers) => {
  const { requester: pool, close } = await pooled(handlers, { maxSize: 1 });
  const requester = await pool.connection();
  return {
    requester,
    foreignErrors: 'remote',
    close: async () => {
      await pool.close({ timeoutMs: 0 });
      await close();
    },
  };
});
