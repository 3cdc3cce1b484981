import type { AcquireOptions } from './acquire-options.js';
import { Lease, type Lender } from './lease.js';
import { LendingPool } from './lending-pool.js';
import { settleOptions, type PoolOptions } from './pool-options.js';
import type { Slot } from './slot.js';

/**
 * Keeps a few of something that is dear to make, lends each to one at a time, and sees to it that what it lends works: connections to a server, above all.
 * Nothing is made before it is needed; {@link connect} shows at once whether that goes well.
 * @example
 * ```ts
 * const pool = new Pool({ create: () => openDatabase(), destroy: (database) => database.end(), maxSize: 10 });
 * const rows = await pool.use((database) => database.query('select 1'));
 * await pool.close();
 * ```
 */
export class Pool<T> extends LendingPool<T, Lease<T>> {
  /** @throws ConfigurationError BAD_OPTION */
  constructor(options: PoolOptions<T>) {
    super(settleOptions(options));
  }

  /**
   * Lends one to a function, and takes it back when that is over.
   * @throws as {@link acquire} does; what the function throws
   */
  async use<R>(work: (resource: T, lease: Lease<T>) => R, options?: AcquireOptions): Promise<Awaited<R>> {
    const lease = await this.lend(options, this.callerStack());
    try {
      return await work(lease.value, lease);
    } finally {
      lease[Symbol.dispose]();
    }
  }

  protected override newLease(lender: Lender<T>, slot: Slot<T>): Lease<T> {
    return new Lease(lender, slot);
  }
}
