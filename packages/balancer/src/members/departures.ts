import type { CloseOptions, Logger } from '@liberzmq/core';
import { settledWithin } from '@liberzmq/core/requesters';
import type { Member } from './member.js';

/** How often to look whether a member has finished, in ms. */
const LOOK_MS = 50;
/** So much longer than it is given closing a member may take, in ms: one of somebody else's making may never end. */
const GRACE_MS = 1_000;

/** A member that finishes what it has under way. */
interface Leaving {
  readonly timer: NodeJS.Timeout;
  /** It is closed. */
  left(closed: Promise<void>): void;
}

/** Members that are asked nothing more, until they are closed. */
export class Departures {
  readonly #log: Logger;
  readonly #leaving = new Map<Member, Leaving>();
  readonly #closing = new Set<Promise<void>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Closes a member when it has finished what it has under way, however long its requests may take, or when all is closed. Resolves when it is closed. */
  leave(member: Member): Promise<void> {
    if (member.pending === 0) return this.end(member);
    return new Promise((left) => {
      // Requests have timers of their own, which keep the process alive for as long as there are any.
      const timer = setInterval(() => {
        if (member.pending === 0) void this.end(member);
      }, LOOK_MS).unref();
      this.#leaving.set(member, { timer, left });
    });
  }

  /** Closes a member. Resolves when it is closed, or would not be for longer than it has. */
  end(member: Member, options?: CloseOptions, timeoutMs = Infinity): Promise<void> {
    const leaving = this.#leaving.get(member);
    clearInterval(leaving?.timer);
    this.#leaving.delete(member);
    const closed = this.#close(member, options, timeoutMs).finally(() => {
      this.#closing.delete(closed);
    });
    this.#closing.add(closed);
    leaving?.left(closed);
    return closed;
  }

  /** Closes these, and all that are leaving, within a time. */
  async endAll(members: readonly Member[], options: CloseOptions | undefined, timeoutMs: number): Promise<void> {
    const ending = [...members, ...this.#leaving.keys()].map((member) => this.end(member, options, timeoutMs));
    const before = Promise.all(this.#closing);
    await Promise.all([...ending, settledWithin(before, timeoutMs + GRACE_MS)]);
  }

  /** Nobody is to suffer for one that cannot be closed. */
  async #close({ key, requester }: Member, options: CloseOptions | undefined, timeoutMs: number): Promise<void> {
    const close = async (): Promise<void> => requester.close(options);
    const closed = close().catch((error: unknown) => {
      this.#log.warn({ member: key, err: error }, 'a member could not be closed');
    });
    if (!(await settledWithin(closed, timeoutMs + GRACE_MS))) {
      this.#log.warn({ member: key }, 'a member is not closed in time: it is left to itself');
    }
  }
}
