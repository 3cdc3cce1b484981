import type { Execution } from '../service/execution.js';
import { LinkedQueue } from '../timing/linked-queue.js';
import type { Notice } from '../sockets/notice.js';

/** A request, as far as the session of its client knows it. */
type SessionRequest = Execution & { abandon(reason: Error): void };

/** What a server keeps of one client. */
export class ClientSession {
  /** Requests whose handlers are at work or that wait for their turn, by id; those of the classic dialect by a number of ours below 0. */
  readonly requests = new Map<number, SessionRequest>();
  /** Requests that wait for their turn, in order. */
  readonly waiting = new LinkedQueue<Execution>();
  /** It speaks the native dialect: it can be pinged, and told goodbye. */
  isNative = false;
  /** It has heard our goodbye, and sends nothing more. */
  saidGoodbye = false;
  /** The answer to its last ping, until it is sent. */
  pong: Notice | undefined;
  /** After how many looks without a sign of life it is taken for dead: its own pings say so. */
  patience = Infinity;
  /** Looks since something came from it. */
  silentLooks = 0;
}
