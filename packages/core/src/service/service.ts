import type { CloseOptions } from '../contract/closable.js';
import type { MessageHeaders } from '../contract/message.js';
import type { Requester, RequestOptions } from '../contract/requester.js';
import { DEFAULTS } from '../defaults.js';
import { ConnectionError, RemoteError } from '../errors/error-classes.js';
import { badOption, checkOptions, describe, option } from '../options/check-options.js';
import { Closing } from '../timing/closing.js';
import { LinkedQueue } from '../timing/linked-queue.js';
import { settledWithin } from '../timing/wait.js';
import type { ActionHandler } from './action-handler.js';
import { LocalExecution, type Execution } from './execution.js';
import { requestBudget } from './request-budget.js';

const NO_HEADERS: MessageHeaders = Object.freeze({});

/** How a service is set up. */
export interface ServiceOptions {
  /** Handlers by action. More can be registered later. */
  handlers?: Readonly<Record<string, ActionHandler>> | undefined;
  /**
   * The time of a request that names none, in ms. Must be above 0; `Infinity` is allowed.
   * @defaultValue 5000
   */
  timeoutMs?: number | undefined;
}

/**
 * Actions in memory: the requester that a server puts behind a socket. Test your handlers on it without a port.
 * Data and results are handed over as they are, without copying.
 * @example
 * ```ts
 * const service = new Service({ handlers: { greet: (name) => `hello ${String(name)}` } });
 * await service.sendRequest('greet', 'Ada'); // 'hello Ada'
 * ```
 */
export class Service implements Requester {
  readonly #handlers = new Map<string, ActionHandler>();
  readonly #executions = new LinkedQueue<Execution>();
  readonly #timeoutMs: number;
  #defaultHandler: ActionHandler | undefined;
  readonly #closing = new Closing('the service');

  /** @throws ConfigurationError BAD_OPTION */
  constructor(options: ServiceOptions = {}) {
    checkOptions('Service', options, { handlers: option.record, timeoutMs: option.duration });
    this.#timeoutMs = options.timeoutMs ?? DEFAULTS.requestTimeoutMs;
    for (const [action, handler] of Object.entries(options.handlers ?? {})) this.registerHandler(action, handler);
  }

  /** The actions that have a handler. */
  get actions(): string[] {
    return [...this.#handlers.keys()];
  }

  /** How many handlers run at this moment. */
  get running(): number {
    return this.#executions.size;
  }

  /**
   * Sets the handler of an action.
   * @throws ConfigurationError BAD_OPTION if the action has one already: two of them are a mistake more often than not.
   */
  registerHandler(action: string, handler: ActionHandler): this {
    if (typeof action !== 'string' || action === '')
      throw badOption(`registerHandler: the action must be a string that is not empty`);
    if (typeof handler !== 'function')
      throw badOption(`registerHandler('${action}'): the handler must be a function, not ${describe(handler)}`);
    if (this.#handlers.has(action)) {
      throw badOption(
        `registerHandler('${action}'): this action has a handler already; take it away first with unregisterHandler('${action}')`,
      );
    }
    this.#handlers.set(action, handler);
    return this;
  }

  /** Takes a handler away. @returns whether there was one. */
  unregisterHandler(action: string): boolean {
    return this.#handlers.delete(action);
  }

  /** Whether an action has a handler of its own. */
  hasHandler(action: string): boolean {
    return this.#handlers.has(action);
  }

  /** Whether anything runs for an action: a handler of its own, or the default one. */
  handles(action: string): boolean {
    return this.#defaultHandler !== undefined || this.#handlers.has(action);
  }

  /** Sets what runs for an action that has no handler; `undefined` takes it away. `context.action` says which action was asked for. */
  setDefaultHandler(handler: ActionHandler | undefined): this {
    if (handler !== undefined && typeof handler !== 'function') {
      throw badOption(`setDefaultHandler: the handler must be a function, not ${describe(handler)}`);
    }
    this.#defaultHandler = handler;
    return this;
  }

  /**
   * Runs a handler and resolves with what it returns. What it throws comes out as it is.
   * @throws RemoteError UNKNOWN_ACTION; TimeoutError TIMEOUT; CancelledError ABORTED; ConnectionError CLOSED; ConfigurationError BAD_OPTION
   */
  async sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    const { deadline, timeoutMs, signals } = requestBudget(action, options, this.#timeoutMs);
    const { headers = NO_HEADERS, context } = options ?? {};
    const facts = {
      headers: Object.isFrozen(headers) ? headers : Object.freeze({ ...headers }),
      peer: context?.peer,
      deadline,
      timeoutMs,
      requestId: context?.requestId,
    };
    const execution = new LocalExecution(action, facts, signals);
    execution.principal = context?.principal;
    this.execute(execution, data);
    return execution.promise;
  }

  /**
   * Runs the handler of an execution's action; the execution hears what comes of it.
   * @throws RemoteError UNKNOWN_ACTION; ConnectionError CLOSED
   */
  execute(execution: Execution, data: unknown): void {
    execution.start(this.handlerOf(execution.action), data, this.#executions);
  }

  /**
   * What runs for an action.
   * @throws RemoteError UNKNOWN_ACTION; ConnectionError CLOSED
   */
  handlerOf(action: string): ActionHandler {
    if (this.#closing.hasBegun)
      throw new ConnectionError('CLOSED', `request '${action}' was not run: the service is closed`);
    const handler = this.#handlers.get(action) ?? this.#defaultHandler;
    if (handler !== undefined) return handler;
    throw new RemoteError(
      'UNKNOWN_ACTION',
      `there is no handler for the action '${action}'; register one with registerHandler('${action}', handler)`,
    );
  }

  /** Refuses new requests, waits for the running handlers, then aborts their signals and rejects their callers with `CLOSED`. */
  close(options?: CloseOptions): Promise<void> {
    return this.#closing.begin(options, (timeoutMs) => this.#close(timeoutMs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(timeoutMs: number): Promise<void> {
    if (this.#executions.size === 0) return;
    const idle = new Promise<void>((resolve) => {
      this.#executions.onEmpty = resolve;
    });
    if (await settledWithin(idle, timeoutMs)) return;
    while (this.#executions.size > 0) {
      const { first } = this.#executions;
      const what = `the service was closed while '${first?.action ?? ''}' ran`;
      first?.stop(new ConnectionError('CLOSED', what, { outcome: 'unknown' }));
    }
  }
}
