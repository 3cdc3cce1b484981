import { availableParallelism, platform } from 'node:os';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { version as libzmq } from 'zeromq';

/** What the figures depend on, and nothing that tells whose machine it is. @returns {import('./results.mjs').Machine} */
export function machine() {
  const manifest = createRequire(import.meta.url).resolve('zeromq/package.json');
  return {
    cores: availableParallelism(),
    platform: `${platform()} ${process.arch}`,
    node: process.versions.node,
    zeromq: JSON.parse(readFileSync(manifest, 'utf8')).version,
    libzmq,
    date: new Date().toISOString().slice(0, 10),
  };
}

/** @param {import('./results.mjs').Results} results */
export function circumstances({ machine: { cores, platform: system, node, zeromq, libzmq: library, date }, settings }) {
  const { rounds, measureMs, warmUpMs, without } = settings;
  return [
    `${cores} cores, ${system}, Node ${node}, zeromq ${zeromq} (libzmq ${library}), ${date}.`,
    `${rounds} rounds of ${measureMs / 1_000} s each, after ${warmUpMs / 1_000} s of warm-up.`,
    ...(without.length > 0 ? [`Options of ours that were left out: ${without.join(', ')}.`] : []),
  ].join(' ');
}
