export { metricsHandler, type MetricsHandler } from './metrics-handler.js';
export type { MetricsRegister } from './metrics-register.js';
export { prometheusMetrics, type PrometheusMetrics } from './prometheus-metrics.js';
export { DEFAULT_BUCKETS, type PrometheusMetricsOptions } from './prometheus-options.js';
