import type { MessageContext, MessageHeaders, Principal } from '../contract/message.js';
import type { Logger } from '../contract/logger.js';
import { getLogger } from '../logger.js';
import type { Cancellation } from '../timing/cancellation.js';
import { ABORT_SOURCE } from '../timing/on-abort.js';

/** What a handler's context is made of. */
export interface ContextFacts {
  readonly headers: MessageHeaders;
  readonly peer: string | undefined;
  readonly principal: Principal | undefined;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  readonly requestId: string | undefined;
  /** What aborts the handler's signal. Asked for when somebody wants it. */
  readonly cancellation: Cancellation;
}

/** What the context of a request is made of. */
export interface RequestFacts extends ContextFacts {
  readonly replyHeaders: Record<string, string>;
}

/** The context of one handler call. The signal and the logger are made when somebody asks for them. */
class HandlerContext implements MessageContext {
  readonly #subject: string;
  readonly #facts: ContextFacts;
  #log: Logger | undefined;

  /** @param facts asked each time, so that an execution can be them itself. */
  constructor(subject: string, facts: ContextFacts) {
    this.#subject = subject;
    this.#facts = facts;
  }

  get subject(): string {
    return this.#subject;
  }

  get headers(): MessageHeaders {
    return this.#facts.headers;
  }

  get peer(): string | undefined {
    return this.#facts.peer;
  }

  get principal(): Principal | undefined {
    return this.#facts.principal;
  }

  get deadline(): number {
    return this.#facts.deadline;
  }

  get requestId(): string | undefined {
    return this.#facts.requestId;
  }

  get signal(): AbortSignal {
    return this.#facts.cancellation.signal;
  }

  get [ABORT_SOURCE](): Cancellation {
    return this.#facts.cancellation;
  }

  get log(): Logger {
    this.#log ??= handlerLog.child({ subject: this.#subject, requestId: this.requestId });
    return this.#log;
  }
}

const handlerLog = getLogger('liberzmq:handler');

/** The context of an action's handler. */
export class RequestContext extends HandlerContext {
  readonly #replyFacts: RequestFacts;

  constructor(action: string, facts: RequestFacts) {
    super(action, facts);
    this.#replyFacts = facts;
    Object.freeze(this);
  }

  /** Small facts that go back beside the result, for the handler to fill in. Keys are lower-case; those that start with `lz-` are reserved. */
  get replyHeaders(): Record<string, string> {
    return this.#replyFacts.replyHeaders;
  }

  get action(): string {
    return this.subject;
  }
}

/** The context of a topic's handler. */
export class TopicContext extends HandlerContext {
  constructor(topic: string, facts: ContextFacts) {
    super(topic, facts);
    Object.freeze(this);
  }

  get topic(): string {
    return this.subject;
  }
}

/** The context of a task's handler. Not frozen, as the others are: that would take longer than all else that is done for a small task. */
export class TaskContext extends HandlerContext {
  get type(): string {
    return this.subject;
  }
}
