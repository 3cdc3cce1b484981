import { Wait } from '@liberzmq/core/requesters';

/** Resolves when the time is up or the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const limits = { deadline: performance.now() + ms, signals: [signal] };
  await new Wait<void>({ limits, what: 'a pause', outcome: 'not-sent' }).promise.catch(() => undefined);
}

/** Whether the client of etcd is closed: nothing comes of it any more. */
export function isClosed(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'CLOSED';
}

/** Looked at anew each time: what waits may be ended meanwhile. */
export function hasEnded({ aborted }: AbortSignal): boolean {
  return aborted;
}

/** Resolves when the signal aborts. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}
