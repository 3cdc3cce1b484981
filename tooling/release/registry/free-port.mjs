import { createServer } from 'node:net';

const FIRST_PORT = 20_000;
const PORTS = 12_000;

/**
 * A free port of the loopback interface, from below the range that systems pick from by themselves: nobody else is given it before it is used.
 *
 * @param {ReadonlySet<number>} [taken] ports that are not to be given
 * @param {(port: number) => Promise<boolean>} [isFree]
 * @param {() => number} [random] from 0 up to 1
 */
export async function freePort(taken = new Set(), isFree = isListenable, random = Math.random) {
  for (;;) {
    const port = FIRST_PORT + Math.floor(random() * PORTS);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isListenable(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
