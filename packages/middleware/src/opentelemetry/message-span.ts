import { SpanKind, type Attributes } from '@opentelemetry/api';
import type { Message } from '@liberzmq/core';
import { ATTRIBUTE, SYSTEM } from './semantic-conventions.js';

/** What is known of a message's span before it starts. */
interface MessageSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

/** What to tell of a message, in the names of the conventions. */
export function spanOf(message: Message): MessageSpan {
  const { direction, pattern, subject } = message;
  const isOutgoing = direction === 'outgoing';
  if (pattern === 'request') return requestSpan(subject, isOutgoing ? SpanKind.CLIENT : SpanKind.SERVER);
  if (isOutgoing) return oneWaySpan('send', SpanKind.PRODUCER, message);
  // Routers and dealers have no handlers: whoever wants a message fetches it.
  if (pattern === 'route') return oneWaySpan('receive', SpanKind.CLIENT, message);
  return oneWaySpan('process', SpanKind.CONSUMER, message);
}

/** What to tell of a request. */
export function requestSpan(action: string, kind: SpanKind): MessageSpan {
  return { name: action, kind, attributes: { [ATTRIBUTE.rpcSystem]: SYSTEM, [ATTRIBUTE.rpcMethod]: action } };
}

function oneWaySpan(operation: 'send' | 'receive' | 'process', kind: SpanKind, message: Message): MessageSpan {
  const attributes: Attributes = {
    [ATTRIBUTE.messagingSystem]: SYSTEM,
    [ATTRIBUTE.messagingOperation]: operation,
    [ATTRIBUTE.messagingOperationType]: operation,
  };
  const { pattern, subject, context } = message;
  // The subject between a router and a dealer is an id, of which no two are the same.
  if (pattern === 'route') return { name: operation, kind, attributes };
  attributes[ATTRIBUTE.messagingDestination] = subject;
  if (context?.requestId !== undefined) attributes[ATTRIBUTE.messagingMessageId] = context.requestId;
  return { name: `${operation} ${subject}`, kind, attributes };
}
