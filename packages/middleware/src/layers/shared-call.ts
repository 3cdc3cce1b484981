import { CancelledError, LiberZMQError, type Requester, type RequestOptions } from '@liberzmq/core';
import { boundedCall, offAbort, onAbort, Wait, type AbortListener, type Limits } from '@liberzmq/core/requesters';

/** What a shared call asks. */
export interface SharedRequest {
  readonly inner: Requester;
  readonly action: string;
  readonly data: unknown;
  /** Those that all its callers have in common. */
  readonly options: RequestOptions;
}

/** Who waits for a shared call. */
interface Caller {
  readonly wait: Wait<unknown>;
  readonly deadline: number;
}

/** One call of the inner requester for all who ask the same at the same time. Each waits within its own limits. */
export class SharedCall {
  readonly #request: SharedRequest;
  readonly #onOver: () => void;
  readonly #callers = new Set<Caller>();
  #cancel: AbortController | undefined;
  #isOver = false;

  /** @param onOver told when nobody else may join. */
  constructor(request: SharedRequest, onOver: () => void) {
    this.#request = request;
    this.#onOver = onOver;
  }

  /** Waits for the result. The first one starts the call. */
  join({ deadline, signals }: Limits): Promise<unknown> {
    const isFirst = this.#cancel === undefined;
    const leaving: AbortListener = {
      onAborted: (reason) => {
        this.#leave(caller, reason);
      },
    };
    for (const each of signals) onAbort(each, leaving);
    const wait = new Wait<unknown>({
      // The time of the first one is that of the call, which tells better what has become of it.
      limits: { deadline: isFirst ? Infinity : deadline, signals: [] },
      what: this.#what,
      outcome: 'unknown',
      onOver: (_wait, error) => {
        for (const each of signals) offAbort(each, leaving);
        this.#callers.delete(caller);
        if (error !== undefined && this.#callers.size === 0) this.#end(error);
      },
    });
    const caller: Caller = { wait, deadline };
    this.#callers.add(caller);
    if (isFirst) this.#start();
    return wait.promise;
  }

  get #what(): string {
    return `request '${this.#request.action}', which others may share, was under way`;
  }

  /** The last one to abort takes the call with it, which tells what has become of it. */
  #leave({ wait }: Caller, cause: unknown): void {
    if (this.#callers.size === 1) this.#end(cause);
    else wait.reject(new CancelledError('ABORTED', `it was aborted while ${this.#what}`, { cause }));
  }

  /** Within the largest time that is left to anybody. */
  #start(): void {
    const cancel = new AbortController();
    this.#cancel = cancel;
    const deadline = Math.max(...[...this.#callers].map((each) => each.deadline));
    const call = { ...this.#request, tooLate: `the time was up while ${this.#what}` };
    boundedCall(call, { deadline, signals: [cancel.signal] }).then(
      (result) => {
        this.#settle((wait) => wait.resolve(result));
      },
      (error: unknown) => {
        this.#fail(error, deadline);
      },
    );
  }

  /** A call whose time was up says nothing to those who came later and have more: they ask once more, all together. */
  #fail(error: unknown, deadline: number): void {
    const isLate = error instanceof LiberZMQError && error.code === 'TIMEOUT';
    for (const { wait, deadline: own } of [...this.#callers]) if (!isLate || own <= deadline) wait.reject(error);
    if (this.#callers.size > 0 && !this.#isOver) this.#start();
    else this.#end();
  }

  #settle(settle: (wait: Wait<unknown>) => void): void {
    for (const { wait } of [...this.#callers]) settle(wait);
    this.#end();
  }

  #end(reason?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver();
    this.#cancel?.abort(reason);
  }
}
