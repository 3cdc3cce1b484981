import { context, ROOT_CONTEXT, trace, type Context, type Link, type Span } from '@opentelemetry/api';
import { LiberZMQError, type Message, type Middleware, type Settlement } from '@liberzmq/core';
import { takeAttempt } from './attempts.js';
import { recordFailure } from './failure.js';
import { contextFor, noteHandler } from './handler-contexts.js';
import { fromHeaders, withContext } from './header-carrier.js';
import { spanOf } from './message-span.js';
import { ATTRIBUTE, OTHER, SYSTEM } from './semantic-conventions.js';
import { tracingSettings, type TracingOptions, type TracingSettings } from './tracing-options.js';

/**
 * Makes a span of OpenTelemetry for each message of an endpoint, and carries its context to the other side in the headers, so that one trace leads through all
 * processes: of a request at its client and at its server, of a message that goes one way at its sender and at each receiver. Handlers run in the context of
 * their message, so that what they do belongs to it. The README says which spans there are, by which names.
 *
 * Add it before a middleware that signs headers, at both ends.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * for (const endpoint of [server, client, publisher]) endpoint.addMiddleware(tracing(), { position: 'first' });
 * ```
 */
export function tracing(options: TracingOptions = {}): Middleware {
  const tracer = new MessageTracer(tracingSettings(options));
  return {
    name: 'tracing',
    keepsAsyncContext: true,
    outgoing(message, next) {
      if (tracer.isToTrace(message)) tracer.send(message);
      return next();
    },
    incoming(message, next) {
      return tracer.isToTrace(message) ? context.with(tracer.receive(message), next) : next();
    },
    settled(message, settlement) {
      tracer.end(message, settlement);
    },
  };
}

/** With these ends at a server what anybody may have made up. */
const STRANGE: ReadonlySet<string> = new Set(['UNKNOWN_ACTION', 'UNAUTHENTICATED']);

/** Makes the spans of messages. */
class MessageTracer {
  readonly #settings: TracingSettings;
  readonly #spans = new WeakMap<Message, Span>();
  /** What was over before its span began: a step before this one took longer than its caller waits. */
  readonly #over = new WeakSet<Message>();

  constructor(settings: TracingSettings) {
    this.#settings = settings;
  }

  /** Replies belong to the spans of their requests, and for what is over a span would never end. */
  isToTrace(message: Message): boolean {
    return message.request === undefined && !this.#over.has(message);
  }

  /** Starts the span of a message that goes out, and puts its context into the headers. */
  send(message: Message): void {
    const { propagator } = this.#settings;
    const { headers, subject } = message;
    const isRequest = message.pattern === 'request';
    let parent = contextFor(message.context);
    if (isRequest && takeAttempt(parent, subject)) {
      message.headers = withContext(propagator, parent, headers);
      return;
    }
    const given = trace.getSpanContext(fromHeaders(propagator, ROOT_CONTEXT, headers));
    if (isRequest && given !== undefined && trace.getSpanContext(parent) === undefined)
      parent = trace.setSpanContext(parent, given);
    // Who has put a context into a one-way message wants its receivers to know that one.
    const isGiven = !isRequest && given !== undefined;
    const own = this.#start(message, parent, isGiven ? [{ context: given }] : []);
    if (!isGiven) message.headers = withContext(propagator, own, headers);
  }

  /** Starts the span of a message that has come. @returns the context for its handlers */
  receive(message: Message): Context {
    const { propagator, relationOf } = this.#settings;
    // Not the active context: that is of whoever happened to open the socket.
    const sent = fromHeaders(propagator, ROOT_CONTEXT, message.headers);
    if (message.pattern === 'request') {
      const own = this.#start(message, sent);
      noteHandler(message.context, own);
      return own;
    }
    const sender = trace.getSpanContext(sent);
    if (sender === undefined) return this.#start(message, sent);
    const parent = relationOf(message) === 'link' ? trace.deleteSpan(sent) : sent;
    return this.#start(message, parent, [{ context: sender }]);
  }

  /** Ends the span of a message, if it has one. */
  end(message: Message, { error, dropped }: Settlement): void {
    const span = this.#spans.get(message);
    if (span === undefined) {
      this.#over.add(message);
      return;
    }
    this.#spans.delete(message);
    try {
      if (dropped !== undefined) span.setAttribute(ATTRIBUTE.dropReason, dropped);
      if (error !== undefined) this.#fail(span, message, error);
    } finally {
      span.end();
    }
  }

  #fail(span: Span, message: Message, error: unknown): void {
    const isServed = message.direction === 'incoming';
    recordFailure(span, error, message.pattern !== 'request' ? 'one-way' : isServed ? 'server' : 'request');
    if (isServed && error instanceof LiberZMQError && STRANGE.has(error.code)) nameUnknown(span, message);
  }

  #start(message: Message, parent: Context, links: Link[] = []): Context {
    const { name, kind, attributes } = spanOf(message);
    const all = { ...attributes, ...this.#settings.attributes };
    const span = this.#settings.tracer.startSpan(name, { kind, attributes: all, links }, parent);
    // What is not sampled is carried on all the same, so that others do not sample it either.
    if (span.isRecording()) this.#spans.set(message, span);
    return trace.setSpan(parent, span);
  }
}

/** Clients may ask for anything: names that no action has are no names of spans. */
function nameUnknown(span: Span, { subject }: Message): void {
  span.updateName(SYSTEM);
  span.setAttributes({ [ATTRIBUTE.rpcMethod]: OTHER, [ATTRIBUTE.rpcMethodOriginal]: subject });
}
