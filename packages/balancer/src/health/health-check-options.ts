import { badOption, checkOptions, describe, option } from '@liberzmq/core/options';

/** How servers are asked how they are: by the action `ping`, which each of ours answers. Any answer means that it is there, an error too. */
export interface HealthCheckOptions {
  /**
   * How often, in ms, more or less by a tenth. Must be above 0; `Infinity` never. A check that takes longer is followed by the next one at once. Each client asks each server: of n clients a server has n checks in each
   * interval, which are small and answered beside the work; where very many clients ask the same servers, raise it.
   * @defaultValue 1000: one that is stuck is found out within about 3 seconds, `unhealthyAfter` checks of `timeoutMs` and a pause before. So requests that may run twice are asked of another one before the 5 seconds are up that they have by default
   */
  intervalMs?: number | undefined;
  /**
   * How long an answer may take, in ms.
   * @defaultValue 1000, as in the guide
   */
  timeoutMs?: number | undefined;
  /**
   * After how many checks without an answer in a row it is not asked any more, from 1 on.
   * @defaultValue 2: one answer may be late
   */
  unhealthyAfter?: number | undefined;
  /**
   * After how many checks with an answer in a row it is asked again, from 1 on.
   * @defaultValue 1
   */
  healthyAfter?: number | undefined;
}

export type HealthCheckSettings = { readonly [K in keyof HealthCheckOptions]-?: number };

const DEFAULT_HEALTH_CHECK: HealthCheckSettings = {
  intervalMs: 1_000,
  timeoutMs: 1_000,
  unhealthyAfter: 2,
  healthyAfter: 1,
};

const HEALTH_CHECK_OPTIONS = {
  intervalMs: option.duration,
  timeoutMs: option.duration,
  unhealthyAfter: option.limit,
  healthyAfter: option.limit,
};

/** @throws ConfigurationError BAD_OPTION */
export function settleHealthCheck(where: string, options: HealthCheckOptions | false | undefined): HealthCheckSettings {
  if (options === false) return { ...DEFAULT_HEALTH_CHECK, intervalMs: Infinity };
  if (options !== undefined && (typeof options !== 'object' || (options as unknown) === null)) {
    throw badOption(`${where}: option 'healthCheck' must be an object or false, not ${describe(options)}`);
  }
  checkOptions(`${where}, option healthCheck`, options ?? {}, HEALTH_CHECK_OPTIONS);
  const given = Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined));
  return { ...DEFAULT_HEALTH_CHECK, ...given };
}
