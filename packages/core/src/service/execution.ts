import type { MessageHeaders, Principal } from '../contract/message.js';
import { CancelledError, TimeoutError } from '../errors/error-classes.js';
import { markThrown } from '../errors/inner-call.js';
import { Cancellation } from '../timing/cancellation.js';
import { Deadline, deadlines } from '../timing/deadline-wheel.js';
import { isThenable } from '../timing/is-thenable.js';
import type { LinkedQueue, QueueLinks } from '../timing/linked-queue.js';
import { offAbort, onAbort, type AbortSource } from '../timing/on-abort.js';
import type { ActionHandler } from './action-handler.js';
import { RequestContext, type ContextFacts, type RequestFacts } from './handler-context.js';

const NO_SOURCES: readonly AbortSource[] = [];

/** What is known of a run before it begins. */
interface ExecutionFacts extends Pick<ContextFacts, 'headers' | 'peer' | 'deadline'> {
  readonly timeoutMs: number;
}

/** One run of a handler, until it settles, its time is up, it is aborted, or it is stopped. Whichever is first is the caller's answer. */
export abstract class Execution extends Deadline implements ContextFacts, QueueLinks<Execution> {
  queueNext: Execution | undefined;
  queuePrevious: Execution | undefined;
  readonly action: string;
  readonly headers: MessageHeaders;
  readonly peer: string | undefined;
  readonly deadline: number;
  readonly context: RequestContext;
  /** Who sent it, once that is proved. */
  principal: Principal | undefined = undefined;
  readonly #sources: readonly AbortSource[];
  readonly #timeoutMs: number;
  #cancellation: Cancellation | undefined;
  #replyHeaders: Record<string, string> | undefined;
  #registry: LinkedQueue<Execution> | undefined;
  #stopped: Error | undefined;
  #isOver = false;
  /** Waits for a promise of the handler's. */
  #waits = false;

  /** @param sources what aborts it from outside. */
  constructor(action: string, facts: ExecutionFacts, sources: readonly AbortSource[] = NO_SOURCES) {
    super();
    this.action = action;
    this.headers = facts.headers;
    this.peer = facts.peer;
    this.deadline = facts.deadline;
    this.#timeoutMs = facts.timeoutMs;
    this.#sources = sources;
    this.context = new RequestContext(action, this);
  }

  get cancellation(): Cancellation {
    if (this.#cancellation === undefined) {
      this.#cancellation = new Cancellation();
      if (this.#stopped !== undefined) this.#cancellation.abort(this.#stopped);
    }
    return this.#cancellation;
  }

  /** The context of a handler that is called for it under another name, or with other headers. */
  contextWith(action: string, headers: MessageHeaders): RequestContext {
    return new RequestContext(action, new ChangedFacts(this, headers));
  }

  /** What the handler puts beside its result. */
  get replyHeaders(): Record<string, string> {
    this.#replyHeaders ??= {};
    return this.#replyHeaders;
  }

  /** What a middleware has made of them. */
  replaceReplyHeaders(headers: MessageHeaders): void {
    this.#replyHeaders = { ...headers };
  }

  /** What it has put there, if anything. */
  get givenHeaders(): MessageHeaders | undefined {
    return this.#replyHeaders;
  }

  abstract get requestId(): string | undefined;

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The handler has returned, or its promise has resolved. Called once, unless {@link failed} is. */
  protected abstract succeeded(result: unknown): void;

  /** The handler has failed, or the caller waits no longer. */
  protected abstract failed(error: unknown): void;

  /** The handler has thrown something, whether anybody still waits for it or not. */
  protected threw(_error: unknown): void {}

  /** The handler has ended, whether somebody still waits for it or not. */
  protected ended(): void {}

  /**
   * Runs the handler. A result that is no promise is there at once, and costs neither a timer nor a turn.
   * @param registry where it stands while a promise of the handler's is pending.
   */
  start(handler: ActionHandler, data: unknown, registry?: LinkedQueue<Execution>): void {
    let result;
    try {
      result = handler(data, this.context);
    } catch (error) {
      this.threw(error);
      this.#fail(error);
      this.ended();
      return;
    }
    if (!isThenable(result)) {
      this.#succeed(result);
      this.ended();
      return;
    }
    this.#wait(result, registry);
  }

  /** Ends the run from the caller's point of view, and aborts the handler's signal. */
  stop(error: Error): void {
    this.#stopped ??= error;
    this.#fail(error);
    this.#cancellation?.abort(error);
  }

  expire(): void {
    const limit = String(Math.round(this.#timeoutMs));
    this.stop(new TimeoutError('TIMEOUT', `'${this.action}' took longer than ${limit} ms`));
  }

  onAborted(cause: unknown): void {
    this.stop(new CancelledError('ABORTED', `'${this.action}' was aborted while it ran`, { cause }));
  }

  #wait(result: PromiseLike<unknown>, registry: LinkedQueue<Execution> | undefined): void {
    this.#waits = true;
    this.#registry = registry;
    registry?.append(this);
    deadlines.add(this, this.deadline);
    for (const source of this.#sources) {
      onAbort(source, this);
      // The handler itself may have aborted it.
      if (source.aborted) this.onAborted(source.reason);
    }
    Promise.resolve(result).then(
      (value: unknown) => {
        this.#succeed(value);
        this.ended();
      },
      (error: unknown) => {
        this.threw(error);
        this.#fail(error);
        this.ended();
      },
    );
  }

  #succeed(result: unknown): void {
    if (this.#end()) this.succeeded(result);
  }

  #fail(error: unknown): void {
    if (this.#end()) this.failed(error);
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    if (!this.#waits) return true;
    this.#registry?.remove(this);
    deadlines.remove(this);
    for (const source of this.#sources) offAbort(source, this);
    return true;
  }
}

/** What is known of an execution, with other headers. */
class ChangedFacts implements RequestFacts {
  readonly headers: MessageHeaders;
  readonly #execution: Execution;

  constructor(execution: Execution, headers: MessageHeaders) {
    this.#execution = execution;
    this.headers = Object.isFrozen(headers) ? headers : Object.freeze({ ...headers });
  }

  get peer(): string | undefined {
    return this.#execution.peer;
  }

  get principal(): Principal | undefined {
    return this.#execution.principal;
  }

  get deadline(): number {
    return this.#execution.deadline;
  }

  get requestId(): string | undefined {
    return this.#execution.requestId;
  }

  get cancellation(): Cancellation {
    return this.#execution.cancellation;
  }

  get replyHeaders(): Record<string, string> {
    return this.#execution.replyHeaders;
  }
}

/** An execution whose caller is in this process: it settles a promise. */
export class LocalExecution extends Execution {
  readonly promise: Promise<unknown>;
  readonly requestId: string | undefined;
  #resolve!: (result: unknown) => void;
  #reject!: (error: unknown) => void;

  constructor(
    action: string,
    facts: ExecutionFacts & Pick<ContextFacts, 'requestId'>,
    sources: readonly AbortSource[],
  ) {
    super(action, facts, sources);
    this.requestId = facts.requestId;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  protected succeeded(result: unknown): void {
    this.#resolve(result);
  }

  protected override threw(error: unknown): void {
    markThrown(error);
  }

  protected failed(error: unknown): void {
    this.#reject(error);
  }
}
