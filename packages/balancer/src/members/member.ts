import type { Client, Requester, ServingStatus } from '@liberzmq/core';
import type { EjectionLimits } from '../health/ejection-options.js';
import { HealthRecord } from '../health/health-record.js';
import { PeakLatency } from '../peak-ewma-latency.js';
import type { Candidate } from '../strategies/strategy.js';
import { RequesterLine, type Line } from './line.js';
import { LossCount } from './loss-count.js';

/**
 * How a member is: it is asked (`healthy`, or with a part of its load only: `warming`), or not: it has no connection (`disconnected`), said goodbye or `DRAINING`
 * (`draining`), does not pass its checks (`unhealthy`), or failed too often (`ejected`).
 */
export type MemberState = 'healthy' | 'warming' | 'disconnected' | 'draining' | 'unhealthy' | 'ejected';

/** What a member is made of. */
export interface MemberFacts {
  readonly key: string;
  readonly requester: Requester;
  /** The requester, if it is a client that was made here: any other tells nothing of its connection, and has times of its own. */
  readonly client: Client | undefined;
  readonly weight: number;
  readonly tier: number;
  readonly ejection: EjectionLimits | undefined;
}

/** One of the servers, as this client knows it. */
export class Member implements Candidate {
  readonly key: string;
  readonly requester: Requester;
  readonly line: Line;
  readonly record: HealthRecord | undefined;
  readonly latency = new PeakLatency();
  readonly losses = new LossCount();
  readonly counts = { requests: 0, successes: 0, failures: 0, ejections: 0 };
  /** The weight that it was given. */
  fullWeight: number;
  weight: number;
  tier: number;
  pending = 0;
  readonly isOwnClient: boolean;
  isConnected: boolean;
  /** It was left out for as long as it had to be, and is to be tried as soon as it is connected. */
  isTrialDue = false;
  /** Its server has said goodbye on this connection. */
  hasSaidGoodbye = false;
  /** What the checks say, if they have said anything. */
  checked: ServingStatus | 'FAILING' | undefined = undefined;
  /** It was to be asked once, and then it was not. */
  hasBeenWell = false;
  /** Since when it is back, while it starts slowly. */
  warmingSince: number | undefined = undefined;
  lastError: unknown = undefined;
  /** Why it was left out last. */
  ejectedFor: string | undefined = undefined;
  /** It is no member any more, and finishes what it has under way. */
  isRemoved = false;

  constructor({ key, requester, client, weight, tier, ejection }: MemberFacts) {
    this.key = key;
    this.requester = requester;
    this.line = client ?? new RequesterLine(requester, key);
    this.fullWeight = weight;
    this.weight = weight;
    this.tier = tier;
    this.isOwnClient = client !== undefined;
    this.isConnected = client === undefined;
    this.record = ejection === undefined ? undefined : new HealthRecord(ejection);
  }

  /** Gives it another weight, of which it keeps the part that it has while it starts slowly, and another tier. */
  place(weight: number, tier: number): void {
    this.weight = this.warmingSince === undefined ? weight : (this.weight / this.fullWeight) * weight;
    this.fullWeight = weight;
    this.tier = tier;
  }

  get latencyMs(): number {
    return this.latency.at(performance.now());
  }

  get state(): MemberState {
    if (!this.isConnected) return 'disconnected';
    if (this.hasSaidGoodbye || this.checked === 'DRAINING') return 'draining';
    if (this.checked === 'FAILING' || this.checked === 'NOT_SERVING') return 'unhealthy';
    if (this.record?.isEjected === true) return 'ejected';
    return this.warmingSince === undefined ? 'healthy' : 'warming';
  }

  /** Whether it is to be asked. */
  get isAvailable(): boolean {
    const { state } = this;
    return !this.isRemoved && (state === 'healthy' || state === 'warming');
  }

  /** Whether it is by judgement alone that it is not asked: it failed too often, or does not answer its checks. It may be asked for want of a better one; one that is gone, or says itself that it wants nothing, may not. */
  get isInDoubt(): boolean {
    const { state } = this;
    return !this.isRemoved && (state === 'ejected' || (state === 'unhealthy' && this.checked === 'FAILING'));
  }
}
