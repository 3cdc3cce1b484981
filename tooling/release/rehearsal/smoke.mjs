/** Programs that show that an installed package can be used at all. Each prints one line. */

export const SMOKE_PRINTS = ['1 + 2 = 3'];

const USE = `
async function use({ Client, Server }) {
  const server = new Server({ address: 'tcp://127.0.0.1:5555' });
  server.registerHandler('add', ({ a, b }) => a + b);
  await server.startServer();
  const client = new Client({ address: 'tcp://127.0.0.1:5555' });
  console.log('1 + 2 =', await client.sendRequest('add', { a: 1, b: 2 }));
  await client.close();
  await server.close();
}`;

const CHECK = `
function check(specifier, names) {
  if (names.filter((name) => name !== 'default').length === 0) throw new Error(specifier + ' exports nothing');
}`;

/**
 * An ES module that imports every entry, and asks a server over TCP.
 *
 * @param {readonly string[]} entries
 * @param {string} messaging the entry with clients and servers
 */
export function importProgram(entries, messaging) {
  const checks = entries.map((entry) => `check('${entry}', Object.keys(await import('${entry}')));`);
  return [CHECK, USE, ...checks, `await use(await import('${messaging}'));`, ''].join('\n');
}

/**
 * A CommonJS module that does the same by `require()`.
 *
 * @param {readonly string[]} entries
 * @param {string} messaging the entry with clients and servers
 */
export function requireProgram(entries, messaging) {
  const checks = entries.map((entry) => `check('${entry}', Object.keys(require('${entry}')));`);
  return ["'use strict';", CHECK, USE, ...checks, `use(require('${messaging}'));`, ''].join('\n');
}

/**
 * The entries of packages that programs import: `@liberzmq/core`, `@liberzmq/core/compression`.
 *
 * @param {readonly import('../stage/packages.mjs').Manifest[]} manifests
 */
export function entriesOf(manifests) {
  return manifests.flatMap(({ name, exports }) =>
    Object.keys(exports)
      .filter((key) => !key.endsWith('.json'))
      .map((key) => name + key.slice(1)),
  );
}
