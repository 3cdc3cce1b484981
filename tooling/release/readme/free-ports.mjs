import { freePort } from '../registry/free-port.mjs';

/**
 * A README names ports that are easy to read; here they are swapped for free ones, so that its programs can run side by side.
 *
 * @param {string} code
 * @param {(taken: ReadonlySet<number>) => Promise<number>} [choose]
 */
export async function withFreePorts(code, choose = freePort) {
  /** @type {Map<string, number>} */
  const ports = new Map();
  for (const [, port = ''] of code.matchAll(/:\/\/127\.0\.0\.1:(\d+)/g)) ports.set(port, 0);
  for (const port of ports.keys()) ports.set(port, await choose(new Set(ports.values())));
  return code.replace(/(?<=:\/\/127\.0\.0\.1:)\d+/g, (port) => String(ports.get(port)));
}
