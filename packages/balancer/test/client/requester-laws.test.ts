import { describeRequesterLaws, type RequesterHarness } from '@liberzmq-tooling/testkit';
import { Server, Service, type ActionHandler } from '@liberzmq/core';
import { LoadBalancedClient, type LoadBalancedClientOptions } from '../../src/index.js';

type Handlers = Readonly<Record<string, ActionHandler>>;

/** A balancer before so many servers with these handlers. */
async function balanced(
  handlers: Handlers,
  count: number,
  options: Partial<LoadBalancedClientOptions>,
): Promise<RequesterHarness> {
  const servers = Array.from(
    { length: count },
    () => new Server({ address: 'tcp://127.0.0.1:*', service: new Service({ handlers }) }),
  );
  for (const server of servers) await server.startServer();
  const addresses = servers.map(({ boundAddress }) => boundAddress as string);
  return {
    requester: new LoadBalancedClient({ addresses, retries: 0, ...options }),
    foreignErrors: 'remote',
    close: async () => {
      for (const server of servers) await server.close({ timeoutMs: 0 });
    },
  };
}

describeRequesterLaws('LoadBalancedClient of one', (handlers) => balanced(handlers, 1, {}));
describeRequesterLaws('LoadBalancedClient of three', (handlers) => balanced(handlers, 3, { strategy: 'round_robin' }));
describeRequesterLaws('LoadBalancedClient of three, idempotent', (handlers) =>
  balanced(handlers, 3, { idempotent: true, strategy: 'least_pending' }),
);
describeRequesterLaws('LoadBalancedClient of services', (handlers) => ({
  requester: new LoadBalancedClient({
    addresses: ['a', 'b'].map((key) => ({ key, requester: new Service({ handlers }) })),
    retries: 0,
  }),
  foreignErrors: 'unchanged',
  close: () => Promise.resolve(),
}));
