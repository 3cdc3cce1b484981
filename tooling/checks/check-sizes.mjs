import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { publicPackages } from '../setup/repository.mjs';
import { readManifest, specifiers } from './pack.mjs';

const KB = 1000;

/**
 * How many kB of our own code an import may bring, minified and compressed after that: what it is today and a few per cent. A line with names in braces shows that
 * bundlers can leave out the rest. Who needs more raises the number in the change that needs it, and says there what for.
 *
 * @type {Record<string, [minified: number, gzipped: number]>}
 */
const BUDGETS = {
  '@liberzmq/all': [2, 1],
  '@liberzmq/balancer': [44.5, 15.5],
  '@liberzmq/balancer/etcd': [7.5, 3.1],
  '@liberzmq/core': [163.5, 53],
  '@liberzmq/core { Client }': [86.5, 29.7],
  '@liberzmq/core { Server }': [97.5, 33.1],
  '@liberzmq/core { Publisher }': [97.5, 33.2],
  '@liberzmq/core { Subscriber }': [93, 31.8],
  '@liberzmq/core { Pusher }': [82.5, 28.4],
  '@liberzmq/core { Puller }': [83.7, 28.8],
  '@liberzmq/core { Service }': [27.8, 10.1],
  '@liberzmq/core { LiberZMQError }': [18.5, 7.2],
  '@liberzmq/core/compression': [17.2, 6.4],
  '@liberzmq/core/etcd': [37.5, 13],
  '@liberzmq/core/options': [7, 2.9],
  '@liberzmq/core/requesters': [16, 5.9],
  '@liberzmq/core/resilience': [7, 2.8],
  '@liberzmq/middleware': [44, 15.2],
  '@liberzmq/middleware/jwt': [3.6, 1.7],
  '@liberzmq/middleware/opentelemetry': [11.4, 4.5],
  '@liberzmq/middleware/prometheus': [10.4, 4.2],
  '@liberzmq/pool': [28.2, 9.7],
  '@liberzmq/serializers': [39.7, 14.7],
  '@liberzmq/serializers/cbor': [6.1, 2.9],
  '@liberzmq/serializers/compressed': [0.5, 0.3],
  '@liberzmq/serializers/msgpack': [15.7, 6],
  '@liberzmq/serializers/protobuf': [19.8, 7.7],
  '@liberzmq/serializers/structured-clone': [2.5, 1.2],
  '@liberzmq/validation': [101, 33],
};

/** @type {[minified: number, gzipped: number]} for an entry that has no line yet */
const UNLISTED = [20, 7];

/** What an install brings beside our own packages; all else is an optional peer, for those to install who use it. */
const DEPENDENCIES = /^(@liberzmq\/.*|@pinojs\/redact|pino|typebox|zeromq)$/;

/** @typedef {{ title: string, minified: number, gzipped: number, isTooLarge: boolean }} Measured */

/** @type {Measured[]} */
const sizes = [];
for (const { name, directory } of publicPackages()) {
  const manifest = readManifest(directory);
  const unexpected = Object.keys(manifest.dependencies ?? {}).filter((each) => !DEPENDENCIES.test(each));
  if (unexpected.length > 0) {
    process.stderr.write(
      `${name} depends on ${unexpected.join(', ')}: each dependency needs a reason, and a place in this check\n`,
    );
    process.exitCode = 1;
  }
  const entries = specifiers(manifest);
  const selections = Object.keys(BUDGETS).filter((title) => entries.includes(title.replace(/ .*/, '')));
  for (const title of new Set([...entries, ...selections])) sizes.push(await measure(title, name, directory));
}

const tooLarge = sizes.filter(({ isTooLarge }) => isTooLarge);
for (const size of process.argv.includes('--all') ? sizes : tooLarge) process.stdout.write(`${describe(size)}\n`);
const largest = sizes.reduce((a, b) => (a.minified > b.minified ? a : b));
process.stdout.write(`${sizes.length} imports measured, the largest: ${describe(largest)}\n`);
if (tooLarge.length > 0) process.exitCode = 1;

/** @param {Measured} size */
function describe({ title, minified, gzipped }) {
  const [most, mostGzipped] = BUDGETS[title] ?? UNLISTED;
  return `${title} ${minified.toFixed(1)} kB minified (at most ${most}), ${gzipped.toFixed(1)} kB gzipped (at most ${mostGzipped})`;
}

/**
 * @param {string} title what is imported: a package or a sub-path, and, if not all of it, the names in braces
 * @param {string} name
 * @param {string} directory
 * @returns {Promise<Measured>}
 */
async function measure(title, name, directory) {
  const [entry = '', ...names] = title.split(' ');
  const code = await ownCode(`export ${names.join(' ') || '*'} from '${entry}'`, name, directory);
  const minified = code.byteLength / KB;
  const gzipped = gzipSync(code, { level: 9 }).byteLength / KB;
  const [most, mostGzipped] = BUDGETS[title] ?? UNLISTED;
  return { title, minified, gzipped, isTooLarge: minified > most || gzipped > mostGzipped };
}

/**
 * What a bundler makes of an import, with all other packages outside.
 *
 * @param {string} contents
 * @param {string} name
 * @param {string} directory
 */
async function ownCode(contents, name, directory) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: directory },
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    write: false,
    logLevel: 'error',
    // Without the paths of this repository, which lead to the sources.
    tsconfigRaw: {},
    plugins: [
      {
        name: 'own-code-only',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^[^.]/ }, ({ path }) =>
            path === name || path.startsWith(`${name}/`) ? undefined : { path, external: true },
          ),
      },
    ],
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}
