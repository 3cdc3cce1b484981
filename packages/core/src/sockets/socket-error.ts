/** The code of an error of the ZeroMQ binding: `EAGAIN`, `EADDRINUSE`. */
export function socketErrorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The peer takes nothing at the moment. */
export function isBusy(error: unknown): boolean {
  return socketErrorCode(error) === 'EAGAIN';
}

/** The peer that the message is meant for is not there (any more). */
export function isPeerGone(error: unknown): boolean {
  return socketErrorCode(error) === 'EHOSTUNREACH';
}
