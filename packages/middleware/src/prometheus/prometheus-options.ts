import { badOption, checkOptions, option, type OptionCheck } from '@liberzmq/core/options';
import { COUNTERS, GAUGES, HISTOGRAMS } from './metric-families.js';
import type { MetricsRegister } from './metrics-register.js';

/** For {@link prometheusMetrics}. */
export interface PrometheusMetricsOptions {
  /**
   * Where the metrics are registered.
   * @defaultValue prom-client's global register, which most applications expose already
   */
  register?: MetricsRegister | undefined;
  /**
   * What all names begin with.
   * @defaultValue 'liberzmq_': names that the dashboard in `docs/grafana` knows
   */
  prefix?: string | undefined;
  /**
   * How many different subjects (actions, topics, task types) get a label of their own; all later ones are counted as `_other`. 0: none does;
   * `Infinity`: all do, which is safe only if nobody makes subjects of ids.
   * @defaultValue 200: more than most applications have, and few enough for Prometheus if each has all its series
   */
  maxSubjects?: number | undefined;
  /**
   * The upper bounds of the histograms' buckets, in seconds, rising.
   * @defaultValue {@link DEFAULT_BUCKETS}
   */
  buckets?: readonly number[] | undefined;
  /**
   * Labels that all these metrics have beside their own: `{ service: 'billing' }`.
   * @defaultValue none: Prometheus adds the job and the instance by itself
   */
  labels?: Readonly<Record<string, string>> | undefined;
}

/**
 * From what a request takes on one machine to twice the default time limit of a request. Each step is two to two and a half times the one before, so that a
 * quantile is never further off.
 */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

const PREFIX = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;
/** `le` is how a histogram names the bound of a bucket. */
const TAKEN = new Set(['le', ...[...COUNTERS, ...GAUGES, ...HISTOGRAMS].flatMap(({ labels }) => labels)]);

const register: OptionCheck = (value) => {
  const { registerMetric, getSingleMetric, removeSingleMetric, metrics } = (value ?? {}) as Partial<MetricsRegister>;
  const methods: unknown[] = [registerMetric, getSingleMetric, removeSingleMetric, metrics];
  return methods.every((method) => typeof method === 'function') ? undefined : 'a Registry of prom-client';
};

const prefix: OptionCheck = (value) =>
  typeof value === 'string' && PREFIX.test(value)
    ? undefined
    : 'a text of letters, digits, underscores and colons that does not begin with a digit';

const buckets: OptionCheck = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((each, index) => Number.isFinite(each) && each > (index === 0 ? 0 : value[index - 1]))
    ? undefined
    : 'an array of finite numbers of seconds above 0, each larger than the one before';

/** @throws ConfigurationError BAD_OPTION */
export function checkPrometheusOptions(options: PrometheusMetricsOptions): void {
  const checks = { register, prefix, maxSubjects: option.limitOrZero, buckets, labels: option.record };
  checkOptions('prometheusMetrics', options, checks);
  for (const [name, value] of Object.entries(options.labels ?? {})) {
    if (!LABEL.test(name)) throw badOption(`prometheusMetrics: '${name}' is not a name that a label may have`);
    if (TAKEN.has(name)) throw badOption(`prometheusMetrics: the label '${name}' is one of its own`);
    if (typeof value !== 'string') throw badOption(`prometheusMetrics: the label '${name}' must be a string`);
  }
}
