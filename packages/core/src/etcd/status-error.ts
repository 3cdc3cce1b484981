import {
  AuthenticationError,
  ConnectionError,
  OverloadedError,
  RemoteError,
  TimeoutError,
} from '../errors/error-classes.js';
import { LiberZMQError } from '../errors/liberzmq-error.js';

/** What a gRPC call ends with that has failed. */
export interface GrpcStatus {
  readonly code: number;
  readonly details: string;
}

/** What is in `details` of an error that came of a gRPC status. */
export interface StatusDetails {
  /** The name of the status: `NOT_FOUND`. */
  readonly status: string;
  /** What etcd says: `etcdserver: requested lease not found`. */
  readonly reason: string;
}

/** By their numbers: https://grpc.io/docs/guides/status-codes/ */
const STATUSES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** What etcd says itself begins so; anything else comes of the connection. */
const FROM_ETCD = /^etcdserver: |^auth: /;

const WRONG_CREDENTIALS = /authentication failed|user name is empty|user name not found/;

/** A token that is not valid any more, or was given out before users or roles were changed. etcd refuses it before it does anything. */
const STALE_TOKEN = /invalid auth token|revision of auth store is old|user name is empty/;

/**
 * The error of a call that has left this process and failed. Only what etcd has refused counts as `answered`: whatever it was told before a connection broke, it may have done.
 * @param what as errors say it: `put of '/a'`.
 */
export function statusError(what: string, { code, details: reason }: GrpcStatus): LiberZMQError {
  const status = STATUSES[code] ?? String(code);
  const details: StatusDetails = { status, reason };
  const message = `${what} failed: ${reason === '' ? status : reason}`;
  if (WRONG_CREDENTIALS.test(reason) || status === 'UNAUTHENTICATED')
    return new AuthenticationError('UNAUTHENTICATED', message, { outcome: 'answered', details });
  if (reason.includes('permission denied'))
    return new AuthenticationError('FORBIDDEN', message, { outcome: 'answered', details });
  if (reason.includes('no leader'))
    return new ConnectionError('UNREACHABLE', message, { outcome: 'answered', details });
  if (status === 'DEADLINE_EXCEEDED' || reason.includes('request timed out'))
    return new TimeoutError('TIMEOUT', message, { outcome: 'unknown', details });
  if (reason.includes('too many requests')) return new OverloadedError('OVERLOADED', message, { details });
  if (!FROM_ETCD.test(reason) || status === 'UNAVAILABLE' || status === 'CANCELLED')
    return new ConnectionError('CONNECTION_LOST', message, { outcome: 'unknown', details });
  return new RemoteError('REMOTE', message, { outcome: status === 'UNKNOWN' ? 'unknown' : 'answered', details });
}

/** @returns nothing, if it did not come of a gRPC status */
export function statusDetails(error: unknown): StatusDetails | undefined {
  const { status, reason } = ((error instanceof LiberZMQError ? error.details : undefined) ??
    {}) as Partial<StatusDetails>;
  return status === undefined || reason === undefined ? undefined : { status, reason };
}

/** Whether another token would help. */
export function isStaleToken(error: unknown): boolean {
  return STALE_TOKEN.test(statusDetails(error)?.reason ?? '');
}
