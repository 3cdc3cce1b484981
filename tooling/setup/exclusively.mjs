import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './repository.mjs';
import { say } from './step.mjs';

const lock = join(root, '.cache', 'setup.lock');
const owner = join(lock, 'pid');
const POLL_MS = 200;
// The owner writes its id right after taking the lock; a lock without one for this long lost its owner in between.
const NAMELESS_MS = 5_000;

/**
 * Lets one process at a time change what is installed and built here. A lock whose owner is dead is taken over.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function exclusively(work) {
  await take();
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

async function take() {
  mkdirSync(dirname(lock), { recursive: true });
  for (let told = false; ;) {
    try {
      mkdirSync(lock);
      writeFileSync(owner, String(process.pid));
      return;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    if (isAbandoned()) {
      rmSync(lock, { recursive: true, force: true });
      continue;
    }
    if (!told) say('waiting for another set-up in this folder ...');
    told = true;
    await sleep(POLL_MS);
  }
}

function isAbandoned() {
  try {
    return !isAlive(Number(readFileSync(owner, 'utf8')));
  } catch {
    try {
      return Date.now() - statSync(lock).mtimeMs > NAMELESS_MS;
    } catch {
      return false;
    }
  }
}

/** @param {number} pid */
function isAlive(pid) {
  if (!pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
