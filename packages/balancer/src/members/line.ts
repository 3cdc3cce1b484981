import { LiberZMQError, type Requester, type RequestOptions } from '@liberzmq/core';
import { BoundedCall, isOfInnerCall, type Limits, type RequestWatcher } from '@liberzmq/core/requesters';

/** Who asks a member. */
export interface Asker extends RequestWatcher {
  /** By when it has to end, and what may abort it. */
  readonly limits: Limits;
}

/** How a member is asked: as a client does it. */
export interface Line {
  /** Never throws at once. */
  sendWatched(action: string, data: unknown, options: RequestOptions | undefined, watcher: Asker): Promise<unknown>;
  /** Those who watch what is under way, beginning with the oldest request. */
  watchers(): readonly RequestWatcher[];
}

/** To a requester of any kind. What is sent there ends in time, and when it is given up, whatever the requester does. */
export class RequesterLine implements Line {
  readonly #requester: Requester;
  readonly #name: string;
  readonly #watchers = new Set<Asker>();

  /** @param name what it is called in errors. */
  constructor(requester: Requester, name: string) {
    this.#requester = requester;
    this.#name = name;
  }

  async sendWatched(
    action: string,
    data: unknown,
    options: RequestOptions | undefined,
    watcher: Asker,
  ): Promise<unknown> {
    const tooLate = `request '${action}' to ${this.#name} got no answer in time`;
    const call = new BoundedCall({ inner: this.#requester, action, data, options, tooLate }, watcher.limits);
    this.#watchers.add(watcher);
    watcher.began(call);
    let result;
    try {
      result = await call.promise;
    } catch (error) {
      this.#watchers.delete(watcher);
      const instead = watcher.failed(error, isAnswer(error));
      if (instead === undefined) throw error;
      return instead;
    }
    this.#watchers.delete(watcher);
    watcher.succeeded();
    return result;
  }

  watchers(): readonly RequestWatcher[] {
    return [...this.#watchers];
  }
}

/** Whether the other side has said so: what is none of ours was thrown by a handler. */
function isAnswer(error: unknown): boolean {
  return !(error instanceof LiberZMQError) || error.outcome === 'answered' || isOfInnerCall(error);
}
