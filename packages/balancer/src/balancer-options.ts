import { DEFAULTS, type ClientOptions } from '@liberzmq/core';
import { badOption, checkOptions, option } from '@liberzmq/core/options';
import { RetryBudget, type RetryBudgetOptions } from '@liberzmq/core/resilience';
import type { DispatchSettings } from './attempts/dispatcher.js';
import { settleHedge, type HedgeOptions } from './attempts/hedging.js';
import { settleEjection, type EjectionOptions } from './health/ejection-options.js';
import { settleHealthCheck, type HealthCheckOptions, type HealthCheckSettings } from './health/health-check-options.js';
import { checkMembers, type MemberOptions } from './members/member-options.js';
import type { MemberSetSettings } from './members/member-set.js';
import type { Resolver } from './resolvers/resolver.js';
import { checked } from './strategies/checked.js';
import { STRATEGIES, type StrategyName } from './strategies/strategies.js';
import type { MakeStrategy } from './strategies/strategy.js';
import { LONGEST_TIMER_MS } from './timers.js';

export { checkMember, type MemberOptions } from './members/member-options.js';

/** How a balancer is set up. */
export interface LoadBalancedClientOptions {
  /** The servers: addresses, or more of each. Either this, or `resolver`. */
  addresses?: readonly (string | MemberOptions)[] | undefined;
  /** What tells which servers there are, also when that changes: `fixed`, `dns`, `dnsSrv`, `etcdMembers` of `@liberzmq/balancer/etcd`, or one of your own. */
  resolver?: Resolver | undefined;
  /**
   * How one of them is chosen for each request: a name, or what makes a strategy of your own.
   * @defaultValue 'two_choices': the better of two that are drawn, which avoids the slow one without all running to the fast one
   */
  strategy?: StrategyName | MakeStrategy | undefined;
  /**
   * The whole time of a request that names none, retries included, in ms. Must be above 0; `Infinity` is allowed.
   * @defaultValue 5000
   */
  timeoutMs?: number | undefined;
  /**
   * How often a request is tried again at most, 0 or more.
   * @defaultValue 2
   */
  retries?: number | undefined;
  /**
   * Whether requests that do not say so themselves may be run twice.
   * @defaultValue false: what may have run is not run again. The original guide does so: `true` is its behaviour
   */
  idempotent?: boolean | undefined;
  /**
   * What limits retries: figures, or a budget that is shared with others who ask the same servers.
   * @defaultValue one retry for five requests, and ten a second beside that
   */
  retryBudget?: RetryBudget | RetryBudgetOptions | undefined;
  /**
   * The longest pause before the first retry, in ms; it doubles with each further one. After a fault it lasts anything up to that, after an overload at least the half of it.
   * @defaultValue 20
   */
  backoffMs?: number | undefined;
  /**
   * The longest pause at all, in ms, if the server does not want a longer one. `Infinity` is 24.8 days, as nothing waits longer.
   * @defaultValue 1000
   */
  backoffMaxMs?: number | undefined;
  /**
   * What every client is made with, beside the address.
   * @defaultValue what a client has by itself
   */
  client?: Omit<ClientOptions, 'address' | 'timeoutMs' | 'waitForConnection'> | undefined;
  /**
   * Asking a second member when the first one takes long, for `idempotent` requests; `true` with the defaults.
   * @defaultValue false
   */
  hedge?: HedgeOptions | boolean | undefined;
  /** Asking the servers themselves how they are; `false`: never, but by {@link LoadBalancedClient.healthCheck}. */
  healthCheck?: HealthCheckOptions | false | undefined;
  /** Leaving servers out for a while that fail; `false`: never. */
  ejection?: EjectionOptions | false | undefined;
  /**
   * Below which part of available servers those are asked as well that are left out by judgement, because they failed or do not answer their checks, 0 to 1. It is the part of these and the available ones together: servers
   * that have no connection, that close, or that say NOT_SERVING do not count, and are not asked. 0: only when none is available.
   * @defaultValue 0.5
   */
  panicThreshold?: number | undefined;
  /**
   * How long a server that is back takes to get its whole load, in ms, 24.8 days (2147483647) at most; 0: it has it at once. `Infinity` is refused: it would never have it.
   * @defaultValue 10000
   */
  slowStartMs?: number | undefined;
}

/** All options, with those that were left out. */
export interface BalancerSettings extends DispatchSettings, MemberSetSettings {
  readonly members: readonly MemberOptions[];
  readonly resolver: Resolver | undefined;
  readonly timeoutMs: number;
  readonly healthCheck: HealthCheckSettings;
}

const OPTIONS = {
  addresses: option.any,
  resolver: option.having("an object with a function 'watch'", 'watch'),
  strategy: (value: unknown) =>
    typeof value === 'function' || Object.hasOwn(STRATEGIES, value as string)
      ? undefined
      : `one of ${Object.keys(STRATEGIES).join(', ')}, or a function`,
  timeoutMs: option.duration,
  retries: option.limitOrZero,
  idempotent: option.boolean,
  retryBudget: option.object,
  backoffMs: option.duration,
  backoffMaxMs: option.duration,
  client: option.record,
  hedge: option.any,
  healthCheck: option.any,
  ejection: option.any,
  panicThreshold: (value: unknown) =>
    typeof value === 'number' && value >= 0 && value <= 1 ? undefined : 'a number from 0 to 1',
  slowStartMs: (value: unknown) =>
    typeof value === 'number' && value >= 0 && value <= LONGEST_TIMER_MS
      ? undefined
      : `a number of milliseconds from 0 to ${String(LONGEST_TIMER_MS)}`,
};

const WHERE = 'LoadBalancedClient';

/** @throws ConfigurationError BAD_OPTION */
export function settleOptions(options: LoadBalancedClientOptions): BalancerSettings {
  checkOptions(WHERE, options, OPTIONS);
  const { strategy = 'two_choices', client = {}, retryBudget, healthCheck, ejection } = options;
  if ('address' in client) throw badOption(`${WHERE}: 'address' stands in 'addresses', not in 'client'`);
  if ('timeoutMs' in client) throw badOption(`${WHERE}: 'timeoutMs' stands beside 'client', not in it`);
  if ('waitForConnection' in client)
    throw badOption(`${WHERE}: its clients never wait for a connection, it does so itself`);
  return {
    members: settleMembers(options),
    resolver: options.resolver,
    makeStrategy: typeof strategy === 'function' ? checked(strategy) : STRATEGIES[strategy],
    timeoutMs: options.timeoutMs ?? DEFAULTS.requestTimeoutMs,
    retries: options.retries ?? 2,
    idempotent: options.idempotent ?? false,
    retryBudget: retryBudget instanceof RetryBudget ? retryBudget : new RetryBudget(retryBudget),
    backoffMs: options.backoffMs ?? 20,
    backoffMaxMs: Math.min(options.backoffMaxMs ?? 1_000, LONGEST_TIMER_MS),
    client,
    hedge: settleHedge(WHERE, options.hedge),
    healthCheck: settleHealthCheck(WHERE, healthCheck),
    ejection: settleEjection(WHERE, ejection),
    panicThreshold: options.panicThreshold ?? 0.5,
    slowStartMs: options.slowStartMs ?? 10_000,
  };
}

/** Those that are known from the start. */
function settleMembers({ addresses, resolver }: LoadBalancedClientOptions): readonly MemberOptions[] {
  if ((addresses === undefined) === (resolver === undefined)) {
    throw badOption(`${WHERE}: give either the option 'addresses' or the option 'resolver'`);
  }
  return addresses === undefined ? [] : checkMembers(`${WHERE}: option 'addresses'`, addresses);
}
