import { DEFAULTS, getLogger, type CloseOptions } from '@liberzmq/core';
import { badOption, describe } from '@liberzmq/core/options';
import { settledWithin, type EventHub } from '@liberzmq/core/requesters';
import type { BalancerEvents } from '../balancer-events.js';
import { checkMember, type MemberOptions } from '../members/member-options.js';
import type { Departures } from '../members/departures.js';
import type { Member } from '../members/member.js';
import type { MemberSet } from '../members/member-set.js';
import type { Resolver, ResolverWatch } from './resolver.js';

/** How long there is to reach one of the members of a list before it is in doubt, in ms. */
const REACH_MS = 1_000;

interface Listed {
  readonly options: MemberOptions;
  readonly member: Member | undefined;
}

/** Leaves out what is no member. */
type Refusal = (member: MemberOptions | undefined, error: unknown) => void;

/** Whose members a resolver tells. */
export interface MembershipOwner {
  readonly set: MemberSet;
  readonly events: EventHub<BalancerEvents>;
  readonly departures: Departures;
}

/**
 * Does what a resolver says: those that are new to its list become members, those that are gone from it leave when they have finished what they have under way, and the others stay as they are, with their
 * connections and all that is known of them, whatever their weight and tier become. When the connection to one is lost, or none can be reached, the resolver is asked to look again. Members that were added by hand are left alone, whether they are on the list or not, and one that was removed by hand stays away until it has been off the list.
 */
export class Membership {
  readonly #resolver: Resolver;
  readonly #owner: MembershipOwner;
  readonly #log = getLogger('liberzmq:balancer');
  /** Those on the list, with the member that was made for each: none for those that are there by hand. */
  readonly #listed = new Map<string, Listed>();
  #watch: ResolverWatch | undefined;
  /** Resolves when there is a watch, while the resolver is asked for it. */
  #beginning: Promise<void> | undefined;
  #reachTimer: NodeJS.Timeout | undefined;
  #hasList = false;
  #isClosed = false;
  /** What is wrong since the last list, or with it. */
  #lastError: unknown;
  /** What of the last list was left out, and why: what was told of once is not told of again. */
  #refused = new Set<string>();

  constructor(resolver: Resolver, owner: MembershipOwner) {
    this.#resolver = resolver;
    this.#owner = owner;
  }

  /** Why there are no members, in a few words. */
  get whyNobody(): string {
    const why = this.#lastError === undefined ? '' : `: ${messageOf(this.#lastError)}`;
    if (!this.#hasList) return `the resolver has not found out which servers there are${why}`;
    const which = this.#refused.size === 0 ? 'no servers' : 'no servers that can be used';
    return `the resolver knows of ${which}${why}`;
  }

  /** To be called once. */
  start(): void {
    this.#owner.events.on('stateChanged', this.#onStateChanged);
    let begun!: () => void;
    this.#beginning = new Promise((resolve) => (begun = resolve));
    try {
      this.#watch = this.#resolver.watch({
        onMembers: (members) => {
          this.#apply(members);
        },
        onError: (error) => {
          this.#failed(error);
        },
      });
    } catch (error) {
      this.#failed(error);
    }
    this.#beginning = undefined;
    begun();
  }

  /** Listens no more, from the call on. */
  async close(options: CloseOptions = {}): Promise<void> {
    this.#isClosed = true;
    this.#owner.events.off('stateChanged', this.#onStateChanged);
    clearTimeout(this.#reachTimer);
    const { timeoutMs = DEFAULTS.closeTimeoutMs, drain = true } = options;
    // A resolver that tells at once may have been told to close before it has returned its watch.
    if (this.#beginning !== undefined) await this.#beginning;
    // One of somebody else's making may throw, or return nothing.
    const close = async (): Promise<void> => this.#watch?.close();
    const ended = close().catch((error: unknown) => {
      this.#log.warn({ error }, 'the resolver could not be closed');
    });
    await settledWithin(ended, drain ? timeoutMs : 0);
  }

  #apply(list: readonly MemberOptions[]): void {
    if (this.#isClosed) return;
    if (!Array.isArray(list)) {
      this.#failed(badOption(`a resolver must tell an array of members, not ${describe(list)}`));
      return;
    }
    this.#hasList = true;
    this.#lastError = undefined;
    const known = this.#refused;
    this.#refused = new Set();
    const refuse: Refusal = (member, error) => {
      const what = `${messageOf(error)} ${String(member?.key)} ${String(member?.address)}`;
      this.#refused.add(what);
      if (known.has(what)) this.#lastError = error;
      else this.#failed(error);
    };
    const wanted = readable(list, refuse);
    // Those that come are first, so that there is always somebody to ask.
    for (const [key, member] of wanted) this.#place(key, member, refuse);
    for (const key of [...this.#listed.keys()]) if (!wanted.has(key)) this.#remove(key);
    this.#lookWhetherAnyIsReached();
  }

  readonly #onStateChanged = ({ member, state }: BalancerEvents['stateChanged']): void => {
    if (state === 'disconnected' && this.#listed.has(member)) this.#refresh();
  };

  /** Of members that were never reached nothing is lost: nobody would hear of it. */
  #lookWhetherAnyIsReached(): void {
    clearTimeout(this.#reachTimer);
    if (this.#listed.size === 0 || this.#isClosed) return;
    this.#reachTimer = setTimeout(() => {
      if (!this.#owner.set.all.some(({ isConnected }) => isConnected)) this.#refresh();
    }, REACH_MS).unref();
  }

  #refresh(): void {
    try {
      this.#watch?.refresh?.();
    } catch (error) {
      this.#failed(error);
    }
  }

  #place(key: string, options: MemberOptions, refuse: Refusal): void {
    // Whoever heard of one that came may have closed the client.
    if (this.#isClosed) return;
    const before = this.#listed.get(key);
    if (before !== undefined && isSamePlace(before.options, options)) {
      this.#listed.set(key, { options, member: before.member });
      this.#weigh(key, options);
      return;
    }
    if (before !== undefined) this.#remove(key);
    const { set, events } = this.#owner;
    if (set.get(key) !== undefined) {
      this.#listed.set(key, { options, member: undefined });
      return;
    }
    try {
      this.#listed.set(key, { options, member: set.add(options) });
      events.emit('memberAdded', { member: key });
    } catch (error) {
      refuse(options, error);
    }
  }

  /** @returns nothing if it has been removed by hand, or is there by hand */
  #ownMember(key: string): Member | undefined {
    const member = this.#listed.get(key)?.member;
    return member !== undefined && this.#owner.set.get(key) === member ? member : undefined;
  }

  #weigh(key: string, { weight = 1, tier = 0 }: MemberOptions): void {
    const member = this.#ownMember(key);
    if (member === undefined || (member.fullWeight === weight && member.tier === tier)) return;
    member.place(weight, tier);
    this.#owner.set.changed();
  }

  #remove(key: string): void {
    if (this.#isClosed) return;
    const member = this.#ownMember(key);
    this.#listed.delete(key);
    if (member === undefined) return;
    const { set, events, departures } = this.#owner;
    set.remove(member);
    events.emit('memberRemoved', { member: key });
    void departures.leave(member);
  }

  #failed(error: unknown): void {
    if (this.#isClosed) return;
    this.#lastError = error;
    this.#log.warn({ error }, `the resolver failed: ${messageOf(error)}`);
    this.#owner.events.emit('resolverFailed', { error });
  }
}

/** By their keys; of two with the same the first one. What is no member is left out, and the others are not to suffer for it. */
function readable(list: readonly MemberOptions[], refuse: Refusal): ReadonlyMap<string, MemberOptions> {
  const members = new Map<string, MemberOptions>();
  for (const each of list) {
    try {
      const member = checkMember(each);
      if (!members.has(member.key)) members.set(member.key, member);
    } catch (error) {
      refuse(each, error);
    }
  }
  return members;
}

function isSamePlace(a: MemberOptions, b: MemberOptions): boolean {
  return a.address === b.address && a.requester === b.requester;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
