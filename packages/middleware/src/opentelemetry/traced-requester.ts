import { context, SpanKind, trace, type Attributes, type Context, type Tracer } from '@opentelemetry/api';
import type { CloseOptions, Requester, RequestOptions } from '@liberzmq/core';
import { asAttempt, asWhole, nextAttempt } from './attempts.js';
import { recordFailure } from './failure.js';
import { contextFor } from './handler-contexts.js';
import { requestSpan } from './message-span.js';
import { ATTRIBUTE } from './semantic-conventions.js';

/** A requester whose requests have spans. */
export class TracedRequester implements Requester {
  readonly #inner: Requester;
  readonly #tracer: Tracer;
  readonly #attributes: Attributes;
  readonly #each: 'whole' | 'attempt';

  /** @param each what one request to this requester is: the whole that its caller waits for, or one attempt at it. */
  constructor(inner: Requester, tracer: Tracer, attributes: Attributes, each: 'whole' | 'attempt') {
    this.#inner = inner;
    this.#tracer = tracer;
    this.#attributes = attributes;
    this.#each = each;
  }

  async sendRequest(action: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    const ask = (): Promise<unknown> => this.#inner.sendRequest(action, data, options);
    // What is no request has no name for a span; whoever is inside says what is wrong.
    if (typeof action !== 'string' || action === '') return ask();
    const parent = contextFor(options?.context);
    const { name, kind, attributes } = requestSpan(action, SpanKind.CLIENT);
    const all = { ...attributes, ...this.#attributes, ...this.#numbered(parent, action) };
    const span = this.#tracer.startSpan(name, { kind, attributes: all }, parent);
    const own = trace.setSpan(parent, span);
    try {
      return await context.with(this.#each === 'whole' ? asWhole(own, action) : asAttempt(own, action), ask);
    } catch (error) {
      recordFailure(span, error, 'request');
      throw error;
    } finally {
      span.end();
    }
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#inner.close(options);
  }

  #numbered(parent: Context, action: string): Attributes {
    const attempt = this.#each === 'attempt' ? nextAttempt(parent, action) : undefined;
    return attempt === undefined ? {} : { [ATTRIBUTE.attempt]: attempt };
  }
}
