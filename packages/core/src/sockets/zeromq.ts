import type * as Zeromq from 'zeromq';
import { ConnectionError } from '../errors/error-classes.js';
import { messageOf } from '../errors/wire-error.js';
import { requireHere } from '../require-here.js';

let loaded: typeof Zeromq | undefined;

/**
 * Loads libzmq with the first endpoint that opens. Who imports this package for its errors or for actions in memory does not
 * wait for native code, and where that cannot be loaded the error comes from the endpoint that needs it.
 * @throws ConnectionError UNREACHABLE, which no retry mends
 */
export async function loadZeromq(): Promise<void> {
  loaded ??= await load();
}

/** What {@link loadZeromq} has loaded. */
export function zeromq(): typeof Zeromq {
  if (loaded === undefined) throw new Error('a socket is made before zeromq has been loaded');
  return loaded;
}

async function load(): Promise<typeof Zeromq> {
  try {
    return await import('zeromq');
  } catch (cause) {
    // A CommonJS bundle may run where nothing can be imported later.
    try {
      return requireHere('zeromq') as typeof Zeromq;
    } catch {
      throw new ConnectionError(
        'UNREACHABLE',
        `the package zeromq cannot be loaded (${messageOf(cause)}); a bundler has to leave it outside of the bundle (external)`,
        { retryable: false, cause },
      );
    }
  }
}
