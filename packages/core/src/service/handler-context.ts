import type { MessageContext, MessageHeaders } from '../contract/message.js';
import type { Logger } from '../contract/logger.js';
import { getLogger } from '../logger.js';
import type { Cancellation } from './cancellation.js';

/** What a handler's context is made of. */
interface HandlerContextFacts {
  readonly headers: MessageHeaders;
  readonly peer: string | undefined;
  readonly deadline: number;
  readonly requestId: string | undefined;
}

/** The context of one handler call. The signal and the logger are made when somebody asks for them. */
class HandlerContext implements MessageContext {
  readonly #subject: string;
  readonly #facts: HandlerContextFacts;
  readonly #cancellation: Cancellation;
  #log: Logger | undefined;

  constructor(subject: string, facts: HandlerContextFacts, cancellation: Cancellation) {
    this.#subject = subject;
    this.#facts = { ...facts, headers: Object.freeze({ ...facts.headers }) };
    this.#cancellation = cancellation;
    Object.freeze(this);
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

  get deadline(): number {
    return this.#facts.deadline;
  }

  get requestId(): string | undefined {
    return this.#facts.requestId;
  }

  get signal(): AbortSignal {
    return this.#cancellation.signal;
  }

  get log(): Logger {
    this.#log ??= handlerLog.child({ subject: this.#subject, requestId: this.#facts.requestId });
    return this.#log;
  }
}

const handlerLog = getLogger('liberzmq:handler');

/** The context of an action's handler. */
export class RequestContext extends HandlerContext {
  get action(): string {
    return this.subject;
  }
}

/** The context of a topic's handler. */
export class TopicContext extends HandlerContext {
  get topic(): string {
    return this.subject;
  }
}

/** The context of a task's handler. */
export class TaskContext extends HandlerContext {
  get type(): string {
    return this.subject;
  }
}
