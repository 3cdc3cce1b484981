import { channel } from 'node:diagnostics_channel';
import type { Pattern } from '../contract/message.js';
import type { EndpointInfo } from '../contract/endpoint-info.js';

/**
 * - `request`: a client's, from the call until it settles.
 * - `handle`: a server's, from when the request has come until it is answered.
 * - `send`: of a message that goes one way, from the call until it is handed over.
 * - `process`: of a message that has come one way, from when its handlers begin until they have ended.
 * - `receive`: a message has been taken by a loop, or by whoever waited for it. Over at once.
 */
export type OperationKind = 'request' | 'handle' | 'send' | 'process' | 'receive';

/** On these channels of `node:diagnostics_channel` operations are told: when one has begun, and the same object again when it is over. */
const started = channel('liberzmq:operation:started');
const ended = channel('liberzmq:operation:ended');

/** What an endpoint does for one message, as the channels `liberzmq:operation:started` and `liberzmq:operation:ended` tell it: one object for both. */
export class Operation {
  readonly endpoint: EndpointInfo;
  readonly kind: OperationKind;
  readonly pattern: Pattern;
  /** The action, topic or task type; between a dealer and a router the id of the request. */
  readonly subject: string;
  /**
   * Of `handle` and `process`: whether there is a handler for the subject, be it the default one. A subject for which there is none may be anything that somebody has sent. `undefined` where that is not known, as of
   * a server with somebody else's requester behind it, and of the other kinds.
   */
  hasHandler: boolean | undefined = undefined;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
  /** What it took, in ms; `undefined` until it is over. */
  durationMs: number | undefined = undefined;
  /** What it failed with. */
  error: unknown = undefined;

  private constructor(endpoint: EndpointInfo, kind: OperationKind, pattern: Pattern, subject: string) {
    this.endpoint = endpoint;
    this.kind = kind;
    this.pattern = pattern;
    this.subject = subject;
    this.startedAt = performance.now();
  }

  /** Whether anybody wants to know. Ask first: otherwise it costs nothing. */
  static get isObserved(): boolean {
    return ended.hasSubscribers || started.hasSubscribers;
  }

  static begin(
    endpoint: EndpointInfo,
    kind: OperationKind,
    pattern: Pattern,
    subject: string,
    hasHandler?: boolean,
  ): Operation {
    const operation = new Operation(endpoint, kind, pattern, subject);
    operation.hasHandler = hasHandler;
    if (started.hasSubscribers) started.publish(operation);
    return operation;
  }

  /** For what is over as soon as it has begun. */
  static happened(endpoint: EndpointInfo, kind: OperationKind, pattern: Pattern, subject: string): void {
    Operation.begin(endpoint, kind, pattern, subject).end(undefined);
  }

  /** It is over. Only the first call counts. */
  end(error: unknown): void {
    if (this.durationMs !== undefined) return;
    this.durationMs = performance.now() - this.startedAt;
    this.error = error;
    if (ended.hasSubscribers) ended.publish(this);
  }
}
