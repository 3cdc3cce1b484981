import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import type { MessageHeaders } from '@liberzmq/core';

/** What puts a context into headers, and gets it out of them. */
export type Propagator = Pick<TextMapPropagator, 'inject' | 'extract'>;

const GETTER: TextMapGetter<MessageHeaders> = {
  keys: (headers) => Object.keys(headers),
  get: (headers, key) => headers[key.toLowerCase()],
};

const SETTER: TextMapSetter<Record<string, string>> = {
  set(carrier, key, value) {
    carrier[key.toLowerCase()] = value;
  },
};

/** A context, and what came in headers beside. */
export function fromHeaders(propagator: Propagator, context: Context, headers: MessageHeaders): Context {
  return propagator.extract(context, headers, GETTER);
}

/** Headers that carry a context. The very same ones if there is nothing in it to carry. */
export function withContext(propagator: Propagator, context: Context, headers: MessageHeaders): MessageHeaders {
  const carrier: Record<string, string> = {};
  propagator.inject(context, carrier, SETTER);
  if (Object.keys(carrier).length === 0) return headers;
  // The state that another traceparent had, in headers that were handed on, is not this one's.
  const { tracestate: _old, ...rest } = headers;
  return { ...(carrier['traceparent'] === undefined ? headers : rest), ...carrier };
}
