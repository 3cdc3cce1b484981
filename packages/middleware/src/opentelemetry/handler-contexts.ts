import { context, INVALID_TRACEID, trace, type Context } from '@opentelemetry/api';
import type { MessageContext } from '@liberzmq/core';

/** One for all endpoints: what is sent by one may be for a handler of another. */
const contexts = new WeakMap<MessageContext, Context>();

/** Notes the context that a handler runs in, if there is a trace that it belongs to. */
export function noteHandler(handler: MessageContext | undefined, own: Context): void {
  const traceId = trace.getSpanContext(own)?.traceId ?? INVALID_TRACEID;
  if (handler !== undefined && traceId !== INVALID_TRACEID) contexts.set(handler, own);
}

/**
 * The context that something belongs to: the active one, or, where no span is active, that of the handler that it is done for. There the asynchronous context has
 * been lost on the way, or nobody has set up what keeps it.
 */
export function contextFor(handler: MessageContext | undefined): Context {
  const active = context.active();
  if (handler === undefined || trace.getSpanContext(active) !== undefined) return active;
  return contexts.get(handler) ?? active;
}
