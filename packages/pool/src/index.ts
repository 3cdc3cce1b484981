export { ConnectionPool, type ConnectionPoolOptions, type ConnectionPoolStats } from './connection-pool.js';
export { Lease } from './lease.js';
export type { AcquireOptions } from './acquire-options.js';
export { Pool } from './pool.js';
export type { PoolEvents, PoolState, PoolStats } from './pool-events.js';
export type { CreateContext, DestroyContext, DestroyReason, PoolLimits, PoolOptions } from './pool-options.js';
export type { WaitTimes } from './wait-times.js';
export { PooledConnection } from './pooled-connection.js';
