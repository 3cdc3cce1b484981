import { DEFAULTS } from '../defaults.js';
import type { SocketSettings } from '../sockets/open-socket.js';

/** How much may lie between a pusher and a puller's handlers. */
export interface PrefetchOptions {
  /**
   * Bytes that each side's kernel buffer may hold. With it, libzmq holds one message on each side. The smaller it is, the fewer tasks queue up
   * at a worker that is busy while another one is free; below a few KiB large tasks get slow. `Infinity` leaves the buffers to the system and
   * libzmq's high-water mark at `highWaterMark`: the fastest, and tens of thousands of small tasks may queue at a worker that stands still.
   * Set it on both sides. ZMQ_SNDBUF, ZMQ_RCVBUF.
   * @defaultValue 65536
   */
  prefetchBytes?: number | undefined;
}

/** The socket settings that keep a task pipe short. */
export function pipeSettings(prefetchBytes: number, highWaterMark: number | undefined): Partial<SocketSettings> {
  if (prefetchBytes === Infinity) return { highWaterMark: highWaterMark ?? DEFAULTS.highWaterMark };
  return { highWaterMark: highWaterMark ?? 1, kernelBufferBytes: prefetchBytes };
}
