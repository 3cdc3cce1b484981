import { expect, it } from '@jest/globals';
import { startNode } from '@liberzmq-tooling/testkit';

/** Each program uses a pool, closes it, and must then end by itself. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'a pool of connections': `
    import { Server } from '@liberzmq/core';
    import { ConnectionPool } from '@liberzmq/pool';
    const server = await new Server({ address: 'tcp://127.0.0.1:*' }).registerHandler('echo', (data) => data).startServer();
    const pool = new ConnectionPool({ address: server.boundAddress, minSize: 2, maxSize: 4 });
    await pool.sendRequest('echo', 1);
    const connection = await pool.connection();
    connection.sendRequest('none', 1, { timeoutMs: 60_000 }).catch(() => {});
    connection.release();
    await pool.close();
    await server.close();`,
  'a pool without a server': `
    import { configureLogging } from '@liberzmq/core';
    import { ConnectionPool } from '@liberzmq/pool';
    configureLogging({ level: 'silent' });
    const pool = new ConnectionPool({ address: 'tcp://127.0.0.1:9' });
    pool.sendRequest('x', 1, { timeoutMs: 60_000 }).catch(() => {});
    pool.connection().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    await pool.close({ timeoutMs: 50 });`,
  'a pool that nobody closes, of what keeps no process alive': `
    import { Pool } from '@liberzmq/pool';
    const pool = new Pool({ create: () => ({}), validate: () => true });
    (await pool.acquire()).release();`,
};

it.each(Object.entries(PROGRAMS))('a process with %s ends by itself', async (_name, code) => {
  await using child = startNode({ code });
  const { code: exitCode, stderr } = await child.ended;
  expect([exitCode, stderr]).toEqual([0, '']);
});
