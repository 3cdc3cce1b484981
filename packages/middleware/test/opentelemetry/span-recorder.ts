import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { context, SpanKind, type TextMapPropagator } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { until } from '../messages/pairs.js';

export const propagator: TextMapPropagator = new CompositePropagator({
  propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
});

/** Records spans in memory. */
class SpanRecorder {
  readonly #exporter = new InMemorySpanExporter();
  readonly #processor = new SimpleSpanProcessor({ exporter: this.#exporter });
  readonly provider = new TracerProvider({ spanProcessors: [this.#processor, this.#counter()] });
  /** Spans that have begun since the last {@link reset}. */
  started = 0;
  /** What to give to `tracing()`. */
  readonly options = { tracerProvider: this.provider, propagator };

  #counter(): SpanProcessor {
    const nothing = (): Promise<void> => Promise.resolve();
    return { onStart: () => (this.started += 1), onEnd: () => undefined, forceFlush: nothing, shutdown: nothing };
  }

  get spans(): ReadableSpan[] {
    return this.#exporter.getFinishedSpans();
  }

  get names(): string[] {
    return this.spans.map(({ name }) => name);
  }

  reset(): void {
    this.started = 0;
    this.#exporter.reset();
  }

  /** The one span of this kind, once it is there; with the name, if one is given. */
  async one(kind: keyof typeof SpanKind, name?: string): Promise<ReadableSpan> {
    const matching = (): ReadableSpan[] =>
      this.spans.filter((span) => span.kind === SpanKind[kind] && (name === undefined || span.name === name));
    await until(() => matching().length > 0, `a span ${kind} ${name ?? ''} is there`);
    const [first, ...others] = matching();
    if (first === undefined || others.length > 0) throw new Error(`there are several: ${this.names.join(', ')}`);
    return first;
  }
}

/** Spans are recorded for the tests of a file, each with none at its beginning. The asynchronous context is kept, as in programs with OpenTelemetry. */
export function recorderOfTests(): SpanRecorder {
  const recorder = new SpanRecorder();
  const manager = new AsyncLocalStorageContextManager();
  beforeAll(() => {
    context.setGlobalContextManager(manager.enable());
  });
  beforeEach(() => {
    recorder.reset();
  });
  afterAll(() => {
    context.disable();
  });
  return recorder;
}

/** The trace that a span is in, its own id, and that of its parent. */
export function idsOf(span: ReadableSpan): { trace: string; id: string; parent: string | undefined } {
  const { traceId, spanId } = span.spanContext();
  return { trace: traceId, id: spanId, parent: span.parentSpanContext?.spanId };
}

/** The ids of the spans that a span has links to. */
export function linksOf(span: ReadableSpan): string[] {
  return span.links.map((link) => link.context.spanId);
}
