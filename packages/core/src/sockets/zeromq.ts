import type * as Zeromq from 'zeromq';

let loaded: typeof Zeromq | undefined;

/**
 * Loads libzmq with the first endpoint that opens. Who imports this package for its errors or for actions in memory does not
 * wait for native code, and where that cannot be loaded the error comes from the endpoint that needs it.
 */
export async function loadZeromq(): Promise<void> {
  loaded ??= await import('zeromq').catch((cause: unknown) => {
    throw new Error(`the package zeromq cannot be loaded (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
    });
  });
}

/** What {@link loadZeromq} has loaded. */
export function zeromq(): typeof Zeromq {
  if (loaded === undefined) throw new Error('a socket is made before zeromq has been loaded');
  return loaded;
}
