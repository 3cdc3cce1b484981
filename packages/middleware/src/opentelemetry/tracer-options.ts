import { trace, type Attributes, type Tracer, type TracerProvider } from '@opentelemetry/api';
import { option } from '@liberzmq/core/options';
import { SCOPE } from './semantic-conventions.js';

/** What everything that makes spans may be given. */
export interface TracerOptions {
  /**
   * What makes the spans.
   * @defaultValue one named `@liberzmq/middleware`, of `tracerProvider`
   */
  tracer?: Tracer | undefined;
  /**
   * What gives the tracer.
   * @defaultValue the global one, which `@opentelemetry/sdk-node` sets; until somebody sets one, nothing is recorded
   */
  tracerProvider?: TracerProvider | undefined;
  /**
   * Attributes that each span is given beside its own: `serverAttributes(client.address)`, say.
   * @defaultValue none
   */
  attributes?: Attributes | undefined;
}

/** For `checkOptions`. */
export const TRACER_OPTIONS = { tracer: option.object, tracerProvider: option.object, attributes: option.record };

/** The tracer that the options ask for. */
export function tracerOf({ tracer, tracerProvider = trace }: TracerOptions): Tracer {
  return tracer ?? tracerProvider.getTracer(SCOPE.name, undefined, { schemaUrl: SCOPE.schemaUrl });
}
