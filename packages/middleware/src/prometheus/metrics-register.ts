import type { OpenMetricsContentType, Registry } from 'prom-client';

/** A register of prom-client, for either format. */
export type MetricsRegister = Registry | Registry<OpenMetricsContentType>;
