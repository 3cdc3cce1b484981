import { badOption, checkOptions, describe, option } from '@liberzmq/core/options';

/** When a member is left out for a while because of what its answers were like: outlier ejection, as Envoy has it. */
export interface EjectionOptions {
  /**
   * After how many failures in a row, from 1 on; `Infinity` never.
   * @defaultValue 5
   */
  consecutiveFailures?: number | undefined;
  /**
   * From which part of failures on, above 0 and up to 1, among `minRequests` or more of one window; `Infinity` never.
   * @defaultValue 0.5
   */
  failureRate?: number | undefined;
  /**
   * How many standard deviations its part of successes lies below that of all, at least, where five or more members had `minRequests` in one window, and 5 of 100 requests in any case: of members that nearly always
   * succeed, one failure more is no reason. `Infinity` never.
   * @defaultValue 1.9, as in Envoy
   */
  deviations?: number | undefined;
  /**
   * How many requests of a window say enough, from 1 on.
   * @defaultValue 20
   */
  minRequests?: number | undefined;
  /**
   * How long what is counted counts, in ms. `Infinity`: for ever; then nothing is forgiven, and `deviations` finds nobody, since no window ends.
   * @defaultValue 10000
   */
  windowMs?: number | undefined;
  /**
   * How long it is left out the first time, in ms. It grows by as much each time, and shrinks by as much for each window in which all was well. `Infinity`: for `maxMs`.
   * @defaultValue 10000
   */
  baseMs?: number | undefined;
  /**
   * How long it is left out at most, in ms. `Infinity`: there is no limit; with a `baseMs` of `Infinity` one that is left out is never tried again, until it is removed and added anew.
   * @defaultValue 300000 (5 minutes)
   */
  maxMs?: number | undefined;
  /**
   * Which part of the members may be left out at the same time, 0 to 1; one may in any case where there are two or more.
   * @defaultValue 0.5: more than that is no outlier, but the rule
   */
  maxShare?: number | undefined;
}

export type EjectionLimits = { readonly [K in keyof EjectionOptions]-?: number };

const DEFAULT_EJECTION: EjectionLimits = {
  consecutiveFailures: 5,
  failureRate: 0.5,
  deviations: 1.9,
  minRequests: 20,
  windowMs: 10_000,
  baseMs: 10_000,
  maxMs: 300_000,
  maxShare: 0.5,
};

const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;

const EJECTION_OPTIONS = {
  consecutiveFailures: option.limit,
  failureRate: (value: unknown) =>
    (isShare(value) && value !== 0) || value === Infinity ? undefined : 'a number above 0, up to 1, or Infinity',
  deviations: (value: unknown) =>
    typeof value === 'number' && value > 0 ? undefined : 'a number above 0, or Infinity',
  minRequests: option.limit,
  windowMs: option.duration,
  baseMs: option.duration,
  maxMs: option.duration,
  maxShare: (value: unknown) => (isShare(value) ? undefined : 'a number from 0 to 1'),
};

/** @throws ConfigurationError BAD_OPTION */
export function settleEjection(
  where: string,
  options: EjectionOptions | false | undefined,
): EjectionLimits | undefined {
  if (options === false) return undefined;
  if (options !== undefined && (typeof options !== 'object' || (options as unknown) === null)) {
    throw badOption(`${where}: option 'ejection' must be an object or false, not ${describe(options)}`);
  }
  checkOptions(`${where}, option ejection`, options ?? {}, EJECTION_OPTIONS);
  const given = Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined));
  return { ...DEFAULT_EJECTION, ...given };
}
