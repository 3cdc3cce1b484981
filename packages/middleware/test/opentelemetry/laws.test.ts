import { describeMiddleware, describeRequesterLaws } from '@liberzmq-tooling/testkit';
import { Service, stack, type Layer } from '@liberzmq/core';
import { requestTracing } from '../../src/opentelemetry/request-tracing.js';
import { tracing } from '../../src/opentelemetry/tracing.js';
import { recorderOfTests } from './span-recorder.js';

const recorder = recorderOfTests();
const { whole, attempt } = requestTracing({ tracerProvider: recorder.provider });

const LAYERS: Readonly<Record<string, readonly Layer[]>> = {
  'requestTracing: the whole': [whole],
  'requestTracing: an attempt': [attempt],
  'requestTracing: both': [whole, attempt],
};

for (const [name, layers] of Object.entries(LAYERS)) {
  describeRequesterLaws(name, (handlers) => ({
    requester: stack(layers, new Service({ handlers })),
    foreignErrors: 'unchanged',
    close: () => Promise.resolve(),
  }));
}

describeMiddleware('tracing', () => tracing(recorder.options));
describeMiddleware('tracing without a tracer', () => tracing());
