import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './repository.mjs';
import { StepError } from './step.mjs';

/** Stops with a plain sentence on a Node that is too old, instead of a syntax error deep in some dependency. */
export function requireNode() {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.replace('>=', '');
  if (!atLeast(process.versions.node, wanted)) {
    throw new StepError(
      `LiberZMQ needs Node ${wanted} or later; this is ${process.versions.node} (${process.execPath}).`,
    );
  }
}

/**
 * @param {string} actual
 * @param {string} wanted
 */
function atLeast(actual, wanted) {
  const have = actual.split('.').map(Number);
  for (const [index, part] of wanted.split('.').map(Number).entries()) {
    const own = have[index] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}
