import type { Logger } from '../contract/logger.js';
import type { Message, MessageHeaders } from '../contract/message.js';
import type { Requester } from '../contract/requester.js';
import type { Serializer } from '../contract/serializer.js';
import { CancelledError, RemoteError } from '../errors/error-classes.js';
import { PassingMessage } from '../pipeline/passing-message.js';
import type { EndpointPipeline } from '../pipeline/endpoint-pipeline.js';
import { Service } from '../service/service.js';
import { isThenable } from '../timing/is-thenable.js';
import { settledWithin } from '../timing/wait.js';
import { decodeBody } from '../wire/native/body-decoder.js';
import type { ServerRequest } from './server-request.js';
import type { ServingStatus } from './serving-status.js';

/** What a dispatcher uses of its server. */
export interface DispatcherHost {
  readonly pipeline: EndpointPipeline;
  serializer(): Serializer;
  readonly log: Logger;
  /** What the server says of itself. */
  status(): ServingStatus;
  dropped(reason: string, description: string): void;
  malformed(error: unknown, peer: string): void;
}

const NO_HEADERS: MessageHeaders = Object.freeze({});

/** What a service may take longer to close than it was given. */
const SERVICE_CLOSE_MS = 100;

/** Has requests answered: by the service behind the server, through the middleware if there is any. */
export class Dispatcher {
  readonly #service: Requester;
  /** The service, if its handlers run in this process. */
  readonly #own: Service | undefined;
  readonly #host: DispatcherHost;

  constructor(service: Requester, host: DispatcherHost) {
    this.#service = service;
    this.#own = service instanceof Service ? service : undefined;
    this.#host = host;
  }

  /** Whether it is a question about the server itself, which no handler has taken upon itself. */
  isAboutServer(action: string): boolean {
    return action === 'ping' && this.#own?.hasHandler('ping') !== true;
  }

  /**
   * Runs a request. It hears what comes of it.
   * @throws TimeoutError TIMEOUT, if its time has passed while it waited; SerializationError DECODE, UNKNOWN_CODEC; RemoteError UNKNOWN_ACTION
   */
  run(request: ServerRequest): void {
    if (request.deadline <= performance.now()) throw request.tooLate();
    const data = this.#dataOf(request);
    const { action } = request;
    const own = this.#own;
    const { pipeline } = this.#host;
    request.hasRun = own !== undefined;
    if (pipeline.hasAny) {
      request.start(() => this.#throughMiddleware(request, data), data);
    } else if (own !== undefined && !this.isAboutServer(action)) {
      own.execute(request, data);
    } else {
      request.start(() => this.#ask(request, action, data), data);
    }
  }

  /** Closes the service. One of somebody else's making may fail to close, or never end. */
  async closeService(timeoutMs: number): Promise<void> {
    const close = async (): Promise<void> => this.#service.close({ timeoutMs: Math.max(0, timeoutMs) });
    const closed = close().catch((error: unknown) => {
      this.#host.log.error({ err: error }, 'the service could not be closed');
    });
    await settledWithin(closed, Math.max(0, timeoutMs) + SERVICE_CLOSE_MS);
  }

  #dataOf({ form, action, from }: ServerRequest): unknown {
    if (form.dialect === 'classic') return form.data;
    try {
      return decodeBody(form.record, this.#host.serializer(), 'request', action);
    } catch (error) {
      this.#host.malformed(error, from.name);
      throw error;
    }
  }

  /** What the service says. A ping that it has no handler for is answered here. */
  #ask(request: ServerRequest, action: string, data: unknown, headers: MessageHeaders = request.headers): unknown {
    if (this.isAboutServer(action)) {
      request.isAnsweredByServer = true;
      return { status: this.#host.status() };
    }
    // A service of our own runs as long as its handlers do. Any other requester has a limit of its own: nobody may hoard requests for ever.
    const timeoutMs = this.#own === undefined ? undefined : Infinity;
    return this.#service.sendRequest(action, data, { timeoutMs, headers, context: request.context });
  }

  /** The service's answer to what the middleware has made of a request. It is one run, whatever was changed. */
  #askFor(request: ServerRequest, { subject, headers, body }: Message): unknown {
    const own = this.#own;
    if (own === undefined || this.isAboutServer(subject)) {
      return this.#ask(request, subject, body, headers);
    }
    const isAsItCame = subject === request.action && headers === request.headers;
    return own.handlerOf(subject)(body, isAsItCame ? request.context : request.contextWith(subject, headers));
  }

  /** Runs the middleware and the handler. @returns what is to be answered, or a promise of it where something takes a while */
  #throughMiddleware(request: ServerRequest, data: unknown): unknown {
    const { action, headers, context } = request;
    const message = new PassingMessage('incoming', 'request', action, headers, data, context);
    request.message = message;
    let result: unknown;
    const handle = (): void | Promise<void> => {
      if (request.isOver) throw nobodyWaits(message);
      request.principal = message.principal;
      const answer = this.#askFor(request, message);
      if (!isThenable(answer)) {
        result = answer;
        return undefined;
      }
      return Promise.resolve(answer).then((value: unknown) => {
        result = value;
      });
    };
    const goOn = (cameThrough: boolean): unknown => {
      const { stop } = message;
      if (!cameThrough && stop?.kind !== 'answered') throw this.#stopped('request', message);
      if (stop?.kind === 'answered') {
        result = stop.result;
        if (stop.headers !== undefined) request.replaceReplyHeaders(stop.headers);
      }
      return this.#host.pipeline.hasOutgoing ? this.#replyThroughMiddleware(request, message, result) : result;
    };
    const cameThrough = this.#host.pipeline.runIncoming(message, { passed: handle });
    return typeof cameThrough === 'boolean' ? goOn(cameThrough) : cameThrough.then(goOn);
  }

  /** @returns what the middleware has made of a result, or a promise of it */
  #replyThroughMiddleware(request: ServerRequest, asked: PassingMessage, result: unknown): unknown {
    const { action, context, givenHeaders } = request;
    const headers = givenHeaders === undefined ? NO_HEADERS : Object.freeze({ ...givenHeaders });
    const reply = new PassingMessage('outgoing', 'request', action, headers, result, context, asked);
    const goOn = (cameThrough: boolean): unknown => {
      if (!cameThrough) throw this.#stopped('reply to', reply);
      if (reply.headers !== headers) request.replaceReplyHeaders(reply.headers);
      return reply.body;
    };
    const cameThrough = this.#host.pipeline.runReply(
      reply,
      asked.stop?.kind === 'answered' ? asked.stop.place : undefined,
    );
    return typeof cameThrough === 'boolean' ? goOn(cameThrough) : cameThrough.then(goOn);
  }

  #stopped(what: string, message: PassingMessage): RemoteError {
    const { subject } = message;
    this.#host.dropped(message.dropReason, `the ${what} '${subject}'`);
    const error = new RemoteError(
      'REMOTE',
      `the ${what} '${subject}' was stopped by a middleware of the server${message.why}`,
    );
    this.#host.pipeline.settle(message, error, message.dropReason);
    return error;
  }
}

/** A step took longer than its caller waits. */
function nobodyWaits({ subject }: PassingMessage): CancelledError {
  return new CancelledError('ABORTED', `'${subject}' was not run: nobody waits for it any more`, {
    outcome: 'not-sent',
  });
}
