import { context, propagation, SpanKind } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { tracing } from '@liberzmq/middleware/opentelemetry';

/** One trace of so many is kept, in all processes that it goes through. */
const KEPT = 0.1;

/**
 * A span, as the runner shows it.
 *
 * @typedef {{ process: string, trace: string, id: string, parent: string | undefined, kind: string, name: string, startMs: number, durationMs: number, error: string | undefined }} Span
 */

/**
 * Sets OpenTelemetry up for this process, as `@opentelemetry/sdk-node` would, with spans that are kept in memory instead of being sent to a collector.
 *
 * @param {string} name
 */
export function setUpTracing(name) {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(KEPT) }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return {
    /** For each endpoint. */
    middleware: tracing({ tracerProvider }),
    /** @returns {Span[]} what has ended so far */
    spans: () => exporter.getFinishedSpans().map((span) => plain(span, name)),
  };
}

/**
 * @param {import('@opentelemetry/sdk-trace').ReadableSpan} span
 * @param {string} process
 * @returns {Span}
 */
function plain(span, process) {
  const { name, kind, attributes, startTime, duration, parentSpanContext } = span;
  const { traceId, spanId } = span.spanContext();
  const ms = (/** @type {[number, number]} */ [seconds, nanoseconds]) => seconds * 1_000 + nanoseconds / 1e6;
  return {
    process,
    trace: traceId,
    id: spanId,
    parent: parentSpanContext?.spanId,
    kind: SpanKind[kind] ?? '',
    name,
    startMs: ms(startTime),
    durationMs: ms(duration),
    error: attributes['error.type']?.toString(),
  };
}
