import { LiberZMQError, type Operation } from '@liberzmq/core';

/**
 * Whether the subject of an operation may be anything that somebody has sent: nothing here handles it. Such subjects must not take the places of those that there are.
 */
export function isMadeUp({ kind, hasHandler, error }: Operation): boolean {
  if (kind !== 'handle' && kind !== 'process') return false;
  // Behind somebody else's requester only an answer tells that there is such an action.
  return hasHandler === undefined ? kind === 'handle' && isRefusal(error) : !hasHandler;
}

function isRefusal(error: unknown): boolean {
  return error instanceof LiberZMQError && error.code !== 'REMOTE';
}
