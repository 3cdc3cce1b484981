import { LiberZMQError } from '@liberzmq/core';

/** Whether a request has had no answer in its time, or did not even get away: the handler may be slow, or nobody there any more. */
export function isSilence(error: unknown): boolean {
  return error instanceof LiberZMQError && error.code === 'TIMEOUT';
}
