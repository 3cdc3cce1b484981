import type { LiberZMQError } from '@liberzmq/core';
import type { MemberState } from './members/member.js';

/** What a balancer reports. Times are in ms. */
export interface BalancerEvents {
  /** How a member is has changed. `why`, in a few words, where that is known. */
  stateChanged: {
    readonly member: string;
    readonly state: MemberState;
    readonly previous: MemberState;
    readonly why: string | undefined;
  };
  /** A member is left out because of its answers. */
  ejected: { readonly member: string; readonly why: string; readonly forMs: number };
  /** A request takes long, and this member is asked as well. */
  hedged: { readonly action: string; readonly member: string };
  /** There is one more. */
  memberAdded: { readonly member: string };
  /** There is one fewer. */
  memberRemoved: { readonly member: string };
  /** The resolver could not find out who the members are: those that are known stay. */
  resolverFailed: { readonly error: unknown };
  /** A request is tried again. `attempt`: the one that follows, 2 or more. */
  retried: {
    readonly action: string;
    readonly attempt: number;
    readonly from: string;
    readonly error: LiberZMQError;
    readonly pauseMs: number;
  };
  /** It is closed. */
  closed: object;
}

/** What a member has done so far, and how it is. */
export interface MemberStats {
  readonly member: string;
  readonly state: MemberState;
  /** The part of its weight that it has, while it starts slowly less than 1. */
  readonly weight: number;
  readonly tier: number;
  readonly inFlight: number;
  /** A moving average of the time to an answer. */
  readonly latencyMs: number;
  /** Attempts, and what they came to. A failure is what says something of the member: a lost connection, no answer. */
  readonly requests: number;
  readonly successes: number;
  readonly failures: number;
  readonly ejections: number;
  /** Why it was left out last. */
  readonly ejectedFor: string | undefined;
  readonly lastError: unknown;
}

/** What a balancer has done so far, and how its members are. */
export interface BalancerStats {
  readonly requests: number;
  readonly retries: number;
  /** Retries that there was no budget for. */
  readonly retriesRefused: number;
  /** Requests that a second member was asked for. */
  readonly hedges: number;
  /** Requests that wait for a member that can be reached. */
  readonly waiting: number;
  /** How many retries there may be at this moment. */
  readonly retryBudget: number;
  readonly members: readonly MemberStats[];
}
