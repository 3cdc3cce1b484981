import { SpanStatusCode, type Attributes, type Exception, type Span } from '@opentelemetry/api';
import { LiberZMQError } from '@liberzmq/core';
import { describe } from '@liberzmq/core/options';
import { ATTRIBUTE, OTHER } from './semantic-conventions.js';

/** Where something failed. What fails at a server reaches its caller as `REMOTE`, unless it is one of our errors. */
export type Where = 'request' | 'server' | 'one-way';

/** What an error is called: our code, or else its class. */
function errorType(error: unknown, where: Where): string {
  if (error instanceof LiberZMQError) return error.code;
  if (where === 'server') return 'REMOTE';
  const { name } = partsOf(error);
  return typeof name === 'string' && name !== '' ? name : OTHER;
}

/**
 * What is told of a failure. The status of a call is what its caller gets, which is a code of ours.
 * @param nameOf what is told in place of a type; the same by default.
 */
export function failureAttributes(error: unknown, where: Where, nameOf = (type: string): string => type): Attributes {
  const type = nameOf(errorType(error, where));
  const hasStatus = where === 'server' || (where === 'request' && error instanceof LiberZMQError);
  return hasStatus ? { [ATTRIBUTE.errorType]: type, [ATTRIBUTE.rpcStatusCode]: type } : { [ATTRIBUTE.errorType]: type };
}

/** Says of a span what it failed with. What is not one of our errors nobody has expected: it is recorded with its stack. */
export function recordFailure(span: Span, error: unknown, where: Where): void {
  span.setAttributes(failureAttributes(error, where));
  const { message } = partsOf(error);
  const text = typeof message === 'string' ? message : describe(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message: text });
  if (error instanceof LiberZMQError) return;
  span.recordException(typeof message === 'string' ? (error as Exception) : text);
}

/** An error of another realm is no instance of ours. */
function partsOf(error: unknown): { readonly name?: unknown; readonly message?: unknown } {
  return typeof error === 'object' && error !== null ? error : {};
}
