export { recordMetrics, type MetricsRecording, type RecordMetricsOptions } from './record-metrics.js';
export { requestTracing, type RequestTracing, type RequestTracingOptions } from './request-tracing.js';
export { serverAttributes } from './server-attributes.js';
export type { TracerOptions } from './tracer-options.js';
export { tracing } from './tracing.js';
export type { Relation, TracingOptions } from './tracing-options.js';
