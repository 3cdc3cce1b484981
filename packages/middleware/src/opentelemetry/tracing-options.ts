import { propagation, type Attributes, type TextMapPropagator, type Tracer } from '@opentelemetry/api';
import type { Message } from '@liberzmq/core';
import { checkOptions, option } from '@liberzmq/core/options';
import type { Propagator } from './header-carrier.js';
import { TRACER_OPTIONS, tracerOf, type TracerOptions } from './tracer-options.js';

/** How the span of a received message belongs to that of its sender. */
export type Relation = 'parent' | 'link';

/** For {@link tracing}. */
export interface TracingOptions extends TracerOptions {
  /**
   * What writes the context of a message into its headers, and reads it there.
   * @defaultValue the global one; `@opentelemetry/sdk-node` sets that of W3C Trace Context and Baggage
   */
  propagator?: TextMapPropagator | undefined;
  /**
   * How the span of a message that came one way belongs to that of its sender. With `parent` it goes on in the sender's trace; with `link` it begins a trace of its own. It
   * has a link to the sender's span in any case, as the conventions want it.
   * @defaultValue 'parent' for tasks and between routers and dealers, where one receiver works off what one sender wants done; 'link' for publications, which any
   * number of receivers have, and which their publisher does not wait for
   */
  link?: Relation | undefined;
}

/** The options of {@link tracing}, with their defaults. */
export interface TracingSettings {
  readonly tracer: Tracer;
  readonly propagator: Propagator;
  readonly attributes: Attributes;
  readonly relationOf: (message: Message) => Relation;
}

/** @throws ConfigurationError BAD_OPTION */
export function tracingSettings(options: TracingOptions): TracingSettings {
  const checks = { ...TRACER_OPTIONS, propagator: option.object, link: option.oneOf('parent', 'link') };
  checkOptions('tracing', options, checks);
  const { propagator = propagation, attributes = {}, link } = options;
  return {
    tracer: tracerOf(options),
    propagator,
    attributes,
    relationOf: ({ pattern }) => link ?? (pattern === 'publish' ? 'link' : 'parent'),
  };
}
