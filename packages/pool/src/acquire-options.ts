import { checkOptions, option } from '@liberzmq/core/options';

/** For everything that lends. */
export interface AcquireOptions {
  /**
   * How long to wait, in ms. Must be above 0; `Infinity` waits for ever.
   * @defaultValue the pool's `acquireTimeoutMs`
   */
  timeoutMs?: number | undefined;
  /** Aborting it ends the waiting, with `ABORTED`. */
  signal?: AbortSignal | undefined;
  /**
   * The higher ones are served first; of equal ones those who came first.
   * @defaultValue 0
   */
  priority?: number | undefined;
}

const ACQUIRE_OPTIONS = {
  timeoutMs: option.duration,
  signal: option.signal,
  priority: (value: unknown) => (Number.isFinite(value) ? undefined : 'a finite number'),
};

/** @throws ConfigurationError BAD_OPTION */
export function checkAcquireOptions(where: string, options: AcquireOptions): void {
  checkOptions(where, options, ACQUIRE_OPTIONS);
}
