import { createServer } from 'node:net';

const FIRST_PORT = 20_000;
const PORTS = 12_000;

/**
 * A port of 127.0.0.1 that nobody has, for programs that cannot pick one themselves, and for servers that come back to the same. It is from below the range that systems pick from by themselves: nobody else is given it meanwhile.
 * @param taken others that are not to be given again.
 */
export async function freePort(taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
