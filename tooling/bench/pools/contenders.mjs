import { createRequire } from 'node:module';

// They are CommonJS, and what an import of that gives differs from one tool to the other.
const require = createRequire(import.meta.url);

/**
 * What is lent: it counts how often it was.
 *
 * @typedef {{ uses: number }} Resource
 */

/**
 * A pool, and what a caller does: so often in a row it takes one, uses it, and gives it back.
 *
 * @typedef {{ call: (times: number) => Promise<void>, close: () => Promise<unknown> }} OpenPool
 */

/**
 * Opens a pool of so many. All else is left as it is by default; who demands a function to destroy with gets one.
 *
 * @typedef {{ name: string, open: (size: number, create: () => Promise<Resource>) => Promise<OpenPool> }} Contender
 */

const destroy = async () => undefined;

/** Ours first. None is loaded before it is opened. @type {readonly [Contender, ...Contender[]]} */
export const CONTENDERS = [
  {
    name: 'ours',
    async open(size, create) {
      const { Pool } = await import('@liberzmq/pool');
      const pool = new Pool({ create, minSize: size, maxSize: size });
      return {
        async call(times) {
          for (let time = 0; time < times; time += 1) {
            const lease = await pool.acquire();
            lease.value.uses += 1;
            lease.release();
          }
        },
        close: () => pool.close(),
      };
    },
  },
  {
    name: 'tarn',
    async open(size, create) {
      const { Pool } = /** @type {typeof import('tarn')} */ (require('tarn'));
      const pool = new Pool({ create, destroy, min: size, max: size });
      return {
        async call(times) {
          for (let time = 0; time < times; time += 1) {
            const resource = await pool.acquire().promise;
            resource.uses += 1;
            pool.release(resource);
          }
        },
        close: () => pool.destroy(),
      };
    },
  },
  {
    name: 'generic-pool',
    async open(size, create) {
      const { createPool } = /** @type {typeof import('generic-pool')} */ (require('generic-pool'));
      const pool = createPool({ create, destroy }, { min: size, max: size });
      return {
        async call(times) {
          for (let time = 0; time < times; time += 1) {
            const resource = await pool.acquire();
            resource.uses += 1;
            void pool.release(resource);
          }
        },
        async close() {
          await pool.drain();
          await pool.clear();
        },
      };
    },
  },
];
