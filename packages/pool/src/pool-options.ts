import { badOption, checkOptions, option } from '@liberzmq/core/options';

/** What a pool tells whoever makes a resource for it. */
export interface CreateContext {
  /** Aborts when the time for making it is up, and when the pool is closed. The promise must settle then: until it does, it keeps its place in the pool. */
  readonly signal: AbortSignal;
  /**
   * To be called when the resource turns out to be broken, at any time, with the reason for logs and events: it is dropped at once, or when it is given back. Nothing
   * comes of it afterwards.
   */
  readonly broken: (reason?: unknown) => void;
}

/**
 * Why a resource was destroyed: it was idle for long (`idle`), old (`lifetime`), did not pass its check (`invalid`), said itself to be broken (`broken`), was made
 * too late (`late`), was sent away by `evict()` (`evicted`) or by its holder (`unwanted`), or the pool was closed (`closed`).
 */
export type DestroyReason = 'idle' | 'lifetime' | 'invalid' | 'broken' | 'late' | 'evicted' | 'unwanted' | 'closed';

/** What a pool tells whoever destroys a resource for it. */
export interface DestroyContext {
  readonly reason: DestroyReason;
  /** How long that may take, in ms; at the close of the pool, what is left of its time. Until the promise settles, the resource keeps its place in the pool. */
  readonly timeoutMs: number;
}

/** The limits and times of every pool. */
export interface PoolLimits {
  /**
   * How errors and logs call it.
   * @defaultValue 'pool'; of connections, the connection pool to their address
   */
  name?: string | undefined;
  /**
   * How many resources are kept, also when nobody needs them, from first use on. 0 or more, at most `maxSize`.
   * @defaultValue 5, as in the guide
   */
  minSize?: number | undefined;
  /**
   * How many there may be, whatever happens. 1 or more.
   * @defaultValue 20, as in the guide
   */
  maxSize?: number | undefined;
  /**
   * How long to wait for one, in ms, where the call does not say. Must be above 0; `Infinity` waits for ever.
   * @defaultValue 30000, as in the guide
   */
  acquireTimeoutMs?: number | undefined;
  /**
   * How many may wait at the same time for one to be given back; whoever comes then is refused at once with `POOL_EXHAUSTED`. Those for whom one is being made, or can be, do not
   * count. 0: nobody waits. `Infinity` is no limit.
   * @defaultValue 10000: more than that has no hope, and takes memory
   */
  maxWaiters?: number | undefined;
  /**
   * How long the making of one may take, in ms. Must be above 0; `Infinity` is no limit.
   * @defaultValue 5000
   */
  createTimeoutMs?: number | undefined;
  /**
   * The longest pause after a first failure to make one, in ms; it doubles with each further one. A pause lasts between the half and the whole of that.
   * @defaultValue 100
   */
  createBackoffMs?: number | undefined;
  /**
   * The longest pause between attempts to make one, in ms.
   * @defaultValue 5000: so long at most a recovered server is left alone
   */
  createBackoffMaxMs?: number | undefined;
  /**
   * After how long without use one is checked before it is lent, in ms. 0 checks always; `Infinity` never.
   * @defaultValue 500: what worked half a second ago works, and a check is a round trip. 5000 for connections, which say by themselves when they are lost
   */
  validateAfterIdleMs?: number | undefined;
  /**
   * How long a check may take, in ms, before it counts as failed. Must be above 0; `Infinity` is no limit.
   * @defaultValue 2000
   */
  validateTimeoutMs?: number | undefined;
  /**
   * After how long without use one is destroyed, in ms, where there are more than `minSize`. Must be above 0; `Infinity` never.
   * @defaultValue 600000 (10 minutes)
   */
  idleTimeoutMs?: number | undefined;
  /**
   * How old one may get, in ms, minus up to a tenth by chance, so that they do not all end together. One that is in use ends when it is given back. Must be above 0;
   * `Infinity` is no limit.
   * @defaultValue 1800000 (30 minutes): addresses and balancers change
   */
  maxLifetimeMs?: number | undefined;
  /**
   * How often one that nobody uses is checked, in ms, so that nothing on the way takes it for dead. Must be above 0; `Infinity` never.
   * @defaultValue 120000 (2 minutes), where there is a check; else never
   */
  keepAliveMs?: number | undefined;
  /**
   * After how long one that was not given back is reported, in ms, with the stack of whoever took it: in the log and as the event `leaked`. Must be above 0; `Infinity` never.
   * @defaultValue Infinity: a stack costs microseconds with each acquire
   */
  leakThresholdMs?: number | undefined;
}

/** How a pool of anything is set up. */
export interface PoolOptions<T> extends PoolLimits {
  /** Makes one. What it throws, the waiters hear as the cause. */
  create: (context: CreateContext) => T | Promise<T>;
  /**
   * Ends one. What it throws is logged.
   * @defaultValue nothing is done
   */
  destroy?: ((resource: T, context: DestroyContext) => void | Promise<void>) | undefined;
  /**
   * Whether one may still be used: `false`, an error, or no answer within `validateTimeoutMs` has it destroyed.
   * @defaultValue no check
   */
  validate?: ((resource: T) => boolean | Promise<boolean>) | undefined;
}

/** All limits, with those that were left out. */
export type SettledLimits = { readonly [K in keyof PoolLimits]-?: Exclude<PoolLimits[K], undefined> };

/** All options, with those that were left out. */
export type SettledOptions<T> = SettledLimits & Pick<PoolOptions<T>, 'create' | 'destroy' | 'validate'>;

/** The README has the reason of each. */
export const DEFAULT_LIMITS = {
  name: 'pool',
  minSize: 5,
  maxSize: 20,
  acquireTimeoutMs: 30_000,
  maxWaiters: 10_000,
  createTimeoutMs: 5_000,
  createBackoffMs: 100,
  createBackoffMaxMs: 5_000,
  validateAfterIdleMs: 500,
  validateTimeoutMs: 2_000,
  idleTimeoutMs: 600_000,
  maxLifetimeMs: 1_800_000,
  keepAliveMs: 120_000,
  leakThresholdMs: Infinity,
};

export const LIMIT_OPTIONS = {
  name: option.string,
  minSize: option.limitOrZero,
  maxSize: option.limit,
  acquireTimeoutMs: option.duration,
  maxWaiters: option.limitOrZero,
  createTimeoutMs: option.duration,
  createBackoffMs: option.finiteDurationAboveZero,
  createBackoffMaxMs: option.finiteDurationAboveZero,
  validateAfterIdleMs: option.durationOrZero,
  validateTimeoutMs: option.duration,
  idleTimeoutMs: option.duration,
  maxLifetimeMs: option.duration,
  keepAliveMs: option.duration,
  leakThresholdMs: option.duration,
};

const CALLBACKS = { create: option.callback, destroy: option.callback, validate: option.callback };

/** @throws ConfigurationError BAD_OPTION */
export function settleOptions<T>(options: PoolOptions<T>): SettledOptions<T> {
  checkOptions('Pool', options, { ...LIMIT_OPTIONS, ...CALLBACKS }, ['create']);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settled = { ...DEFAULT_LIMITS, ...given } as { -readonly [K in keyof SettledOptions<T>]: SettledOptions<T>[K] };
  // Who names only one of the two means it.
  if (options.minSize === undefined) settled.minSize = Math.min(settled.minSize, settled.maxSize);
  if (options.maxSize === undefined) settled.maxSize = Math.max(settled.minSize, settled.maxSize);
  const { minSize, maxSize, validate } = settled;
  if (minSize > maxSize) {
    throw badOption(`Pool: option 'minSize' (${String(minSize)}) must not be above 'maxSize' (${String(maxSize)})`);
  }
  if (minSize === Infinity) throw badOption(`Pool: option 'minSize' must be a whole number, 0 or more`);
  if (validate === undefined) {
    for (const key of ['keepAliveMs', 'validateAfterIdleMs', 'validateTimeoutMs'] as const) {
      if (options[key] !== undefined)
        throw badOption(`Pool: option '${key}' needs the option 'validate', which checks`);
    }
    settled.keepAliveMs = Infinity;
  }
  return settled;
}
