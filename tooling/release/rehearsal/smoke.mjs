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

/** An entry that is an adapter to a package which only those install who want it says so, and names it, where that is missing. */
const CHECK = `
async function check(specifier, load) {
  let names;
  try {
    names = Object.keys(await load());
  } catch (error) {
    if (missing.some((peer) => error.message.includes("'" + peer + "'"))) return;
    throw error;
  }
  if (names.filter((name) => name !== 'default').length === 0) throw new Error(specifier + ' exports nothing');
}`;

/**
 * An ES module that imports every entry, and asks a server over TCP.
 *
 * @param {readonly string[]} entries
 * @param {string} messaging the entry with clients and servers
 * @param {readonly string[]} missing the optional peers that are not installed
 */
export function importProgram(entries, messaging, missing) {
  const checks = entries.map((entry) => `await check('${entry}', () => import('${entry}'));`);
  return [knownMissing(missing), CHECK, USE, ...checks, `await use(await import('${messaging}'));`, ''].join('\n');
}

/**
 * A CommonJS module that does the same by `require()`.
 *
 * @param {readonly string[]} entries
 * @param {string} messaging the entry with clients and servers
 * @param {readonly string[]} missing the optional peers that are not installed
 */
export function requireProgram(entries, messaging, missing) {
  const checks = entries.map((entry) => `  await check('${entry}', () => require('${entry}'));`);
  const main = ['(async () => {', ...checks, `  await use(require('${messaging}'));`, '})();'];
  return ["'use strict';", knownMissing(missing), CHECK, USE, ...main, ''].join('\n');
}

/** @param {readonly string[]} missing */
function knownMissing(missing) {
  return `const missing = ${JSON.stringify(missing)};`;
}

/**
 * The packages that users of these install if they want what they are for.
 *
 * @param {readonly import('../stage/packages.mjs').Manifest[]} manifests
 */
export function peersOf(manifests) {
  return [...new Set(manifests.flatMap(({ peerDependencies = {} }) => Object.keys(peerDependencies)))];
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
