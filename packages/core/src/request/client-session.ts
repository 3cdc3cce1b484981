import { IdTable } from './id-table.js';
import type { Execution } from '../service/execution.js';
import { LinkedQueue } from '../timing/linked-queue.js';
import type { Notice } from '../sockets/notice.js';
import type { NativeRecord } from '../wire/native/native-record.js';

/** A request, as far as the session of its client knows it. */
type SessionRequest = Execution & { readonly id: number } & { abandon(reason: Error): void };

/** What has come from a client and was too much for one turn of the event loop. */
export interface Backlog {
  /** The records of the packet that is being taken. */
  records: readonly NativeRecord[];
  /** The first of them that has not been taken. */
  next: number;
  /** When the packet was read, on the clock of `performance.now()`. */
  readAt: number;
  /** What has come behind it, in order. */
  readonly messages: Buffer[][];
}

/** What a server keeps of one client. */
export class ClientSession {
  /** Requests whose handlers are at work or that wait for their turn, by id; those of the classic dialect by a number of ours below 0. */
  readonly requests = new IdTable<SessionRequest>();
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
  /** What is still to be taken of it. */
  backlog: Backlog | undefined;

  /** Fails what waits for its turn: none of it has run. */
  refuseWaiting(error: Error): void {
    for (let { first } = this.waiting; first !== undefined; { first } = this.waiting) first.stop(error);
  }

  /** Nobody waits for any of its requests any more. */
  abandonAll(reason: Error): void {
    for (const request of this.requests) request.abandon(reason);
  }
}
