import type { Layer } from '@liberzmq/core';
import { checkOptions } from '@liberzmq/core/options';
import { TracedRequester } from './traced-requester.js';
import { TRACER_OPTIONS, tracerOf, type TracerOptions } from './tracer-options.js';

/** For {@link requestTracing}. */
export type RequestTracingOptions = TracerOptions;

/** Two layers that belong together. */
export interface RequestTracing {
  /** Goes outside of what tries again: one span for each request, which lasts until its caller has the result. */
  readonly whole: Layer;
  /** Goes inside of what tries again: a span for each attempt, a child of that of the whole, with its number. */
  readonly attempt: Layer;
}

/**
 * Spans for the requests to anything that takes requests, which show each attempt beneath the whole. A client needs {@link tracing} all the same, to carry the context to
 * its server; it makes no second span for what is an attempt already. Without `attempt` its own spans are beneath the whole, unnumbered.
 *
 * What is whose child is kept in the asynchronous context, for which OpenTelemetry needs a context manager: `@opentelemetry/sdk-node` sets one.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const { whole, attempt } = requestTracing();
 * const requester = stack([whole, retry(), attempt], client.addMiddleware(tracing()));
 * ```
 */
export function requestTracing(options: RequestTracingOptions = {}): RequestTracing {
  checkOptions('requestTracing', options, TRACER_OPTIONS);
  const tracer = tracerOf(options);
  const { attributes = {} } = options;
  return {
    whole: (inner) => new TracedRequester(inner, tracer, attributes, 'whole'),
    attempt: (inner) => new TracedRequester(inner, tracer, attributes, 'attempt'),
  };
}
