import { badOption, describe, option } from '../options/check-options.js';

/**
 * What a server says of itself when it is asked for the action `ping`: that it wants requests (`SERVING`), is about to close (`DRAINING`), or wants none at the moment (`NOT_SERVING`).
 *
 * The answer `{ status }` and two of the names are those of gRPC's health checking protocol. `DRAINING` is beside them what it is in Envoy: nothing is wrong, but nothing new is to be sent there.
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/health_check.proto#enum-config-core-v3-healthstatus
 */
export type ServingStatus = 'SERVING' | 'DRAINING' | 'NOT_SERVING';

const isStatus = option.oneOf('SERVING', 'DRAINING', 'NOT_SERVING');

/** @throws ConfigurationError BAD_OPTION */
export function checkServingStatus(status: ServingStatus): ServingStatus {
  const wanted = isStatus(status);
  if (wanted !== undefined) throw badOption(`setStatus: the status must be ${wanted}, not ${describe(status)}`);
  return status;
}
