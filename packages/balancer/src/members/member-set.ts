import { Client, type Logger, type Middleware, type ServingStatus } from '@liberzmq/core';
import { badOption } from '@liberzmq/core/options';
import { outcomeOf, type EventHub } from '@liberzmq/core/requesters';
import type { BalancerEvents } from '../balancer-events.js';
import type { EjectionLimits } from '../health/ejection-options.js';
import type { WindowCount } from '../health/health-record.js';
import { isOfConnection } from '../attempts/retry-rule.js';
import { outliers } from '../health/outliers.js';
import { every } from '../timers.js';
import { choose, type Share } from './choice.js';
import { MemberClients, type MemberClientSettings } from './member-clients.js';
import type { MemberOptions } from './member-options.js';
import { Member, type MemberState } from './member.js';
import { Probations } from './probations.js';
import { WarmUp } from './warm-up.js';

/** What a member set goes by. */
export interface MemberSetSettings extends MemberClientSettings {
  readonly ejection: EjectionLimits | undefined;
  readonly panicThreshold: number;
  readonly slowStartMs: number;
}

/** Who has a member set. */
export interface MemberSetOwner {
  readonly events: EventHub<BalancerEvents>;
  readonly log: Logger;
  /** Who is to be asked has changed: what a member has under way that is not may be better off elsewhere. */
  onAvailability(): void;
  /** A member that did not pass its checks is connected again: how is it now? */
  onReturn(member: Member): void;
  /** The time for which a member is left out is up: it is to be tried. */
  onProbation(member: Member): void;
}

/** All members, how they are, and among which of them requests are spread. */
export class MemberSet {
  readonly #settings: MemberSetSettings;
  readonly #owner: MemberSetOwner;
  readonly #members = new Map<string, Member>();
  readonly #clients: MemberClients;
  readonly #probations: Probations;
  readonly #warmUp: WarmUp;
  #shares: readonly Share[] | undefined;
  #available: readonly Member[] | undefined;
  #window: NodeJS.Timeout | undefined;
  #hasStarted = false;
  #isClosed = false;

  constructor(settings: MemberSetSettings, owner: MemberSetOwner) {
    this.#settings = settings;
    this.#owner = owner;
    this.#clients = new MemberClients(settings);
    this.#probations = new Probations((member) => {
      if (member.isConnected) owner.onProbation(member);
      else member.isTrialDue = true;
    });
    this.#warmUp = new WarmUp(settings.slowStartMs, {
      members: () => this.#members.values(),
      onWarm: (member) => {
        this.#onWarm(member);
      },
      onStep: () => {
        this.changed();
      },
    });
  }

  /** Those that are members, in the order in which they came. */
  get all(): readonly Member[] {
    return [...this.#members.values()];
  }

  /** Among whom requests are spread now. The same arrays until something changes. */
  get shares(): readonly Share[] {
    this.#shares ??= choose(this.all, this.#settings.panicThreshold);
    return this.#shares;
  }

  /** Those that are to be asked, of all tiers, the lowest first: also those that are only asked for want of others. */
  get available(): readonly Member[] {
    this.#available ??= this.all.filter(({ isAvailable }) => isAvailable).sort((a, b) => a.tier - b.tier);
    return this.#available;
  }

  get(key: string): Member | undefined {
    return this.#members.get(key);
  }

  /** @throws ConfigurationError BAD_OPTION if there is one of that key; BAD_ADDRESS */
  add({ address, requester, key = address ?? '', weight = 1, tier = 0 }: MemberOptions): Member {
    if (this.#members.has(key)) throw badOption(`LoadBalancedClient: '${key}' is a member already`);
    const client = address === undefined ? undefined : this.#clients.make(address);
    const member = new Member({
      key,
      requester: requester ?? (client as Client),
      client,
      weight,
      tier,
      ejection: this.#settings.ejection,
    });
    if (client !== undefined) this.#follow(member, client);
    this.#members.set(key, member);
    if (this.#hasStarted) this.#open(member);
    this.changed();
    return member;
  }

  /** It is asked nothing more, and is no member from now on. */
  remove(member: Member): void {
    this.#members.delete(member.key);
    member.isRemoved = true;
    this.#probations.end(member);
    this.changed();
  }

  /** Adds a middleware to all clients that are made here, those that come later included, and to no other member. @throws ConfigurationError BAD_OPTION */
  addMiddleware(middleware: Middleware): void {
    const own = this.all.flatMap(({ isOwnClient, requester }) =>
      isOwnClient && requester instanceof Client ? [requester] : [],
    );
    this.#clients.addMiddleware(middleware, own);
  }

  /** Whether clients have middleware. */
  get hasMiddleware(): boolean {
    return this.#clients.haveMiddleware;
  }

  /** Opens all connections. */
  start(): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    for (const member of this.#members.values()) this.#open(member);
    const { ejection } = this.#settings;
    if (ejection === undefined) return;
    this.#window = every(ejection.windowMs, () => {
      this.#turnWindow(ejection);
    });
  }

  /** Ends all that is watched. The members themselves are left to whoever closes them. */
  stop(): void {
    this.#isClosed = true;
    clearInterval(this.#window);
    this.#warmUp.stop();
    this.#probations.stop();
  }

  /** Something about a member has changed: with whom requests are spread is worked out anew. */
  changed(): void {
    this.#shares = undefined;
    this.#available = undefined;
    this.#owner.onAvailability();
  }

  succeeded(member: Member): void {
    member.counts.successes += 1;
    member.record?.succeeded();
  }

  /** An attempt has failed for a reason that lies with the member. However many requests go with a connection, that is one failure: its state says the rest. */
  failed(member: Member, error: unknown): void {
    member.counts.failures += 1;
    member.lastError = error;
    const { isConnected, losses } = member;
    const isLoss = member.isOwnClient && isOfConnection(error);
    if (!isLoss || losses.failed(isConnected, outcomeOf(error) !== 'not-sent')) this.#record(member);
  }

  /** What a check says of a member. */
  setChecked(member: Member, status: ServingStatus | 'FAILING', why: string | undefined): void {
    // Its state alone would not tell that from a check without an answer.
    if (status === 'NOT_SERVING') member.lastError = new Error('it says NOT_SERVING');
    this.#update(member, why, () => {
      member.checked = status;
    });
  }

  /** One that was left out has passed its trial: it serves, whatever checks have said before. */
  readmit(member: Member): void {
    this.#update(member, 'it has passed its trial', () => {
      member.record?.readmit();
      member.checked = 'SERVING';
    });
  }

  /** One failure more. */
  #record(member: Member): void {
    const why = member.record?.failed();
    if (why !== undefined && !member.isRemoved) this.#eject(member, why);
  }

  /** One has failed too often. */
  #eject(member: Member, why: string): void {
    const { record } = member;
    if (record === undefined || record.isEjected || !this.#mayEject(member)) return;
    this.ejectFor(member, why);
  }

  /** Leaves a member out, whatever the share of those that are. */
  ejectFor(member: Member, why: string): void {
    const { record } = member;
    if (record === undefined) return;
    const now = performance.now();
    this.#update(member, why, () => {
      record.eject(now);
      member.counts.ejections += 1;
      member.ejectedFor = why;
    });
    // Whoever hears that may take it out.
    if (member.isRemoved) return;
    const forMs = (record.ejectedUntil ?? now) - now;
    this.#owner.log.warn({ member: member.key, forMs }, `left out: ${why}`);
    this.#owner.events.emit('ejected', { member: member.key, why, forMs });
    if (!this.#isClosed) this.#probations.begin(member, forMs);
  }

  /** Of two or more one may always be left out, and no larger part than is allowed. */
  #mayEject(member: Member): boolean {
    const all = this.all;
    const out = all.filter((each) => each !== member && each.record?.isEjected === true).length;
    const most = Math.max(1, Math.floor((this.#settings.ejection?.maxShare ?? 0) * all.length));
    return all.length > 1 && out < most;
  }

  #turnWindow(limits: EjectionLimits): void {
    const counts = new Map<Member, WindowCount>();
    for (const member of this.#members.values()) {
      if (member.record !== undefined) counts.set(member, member.record.turn());
    }
    for (const [member, why] of outliers(counts, limits)) this.#eject(member, why);
  }

  #follow(member: Member, client: Client): void {
    client.on('connected', () => {
      this.#update(member, member.hasBeenWell ? 'it is connected again' : undefined, () => {
        member.isConnected = true;
        member.losses.connected();
        member.hasSaidGoodbye = false;
      });
      if (member.isRemoved || this.#isClosed) return;
      if (member.isTrialDue) {
        member.isTrialDue = false;
        this.#owner.onProbation(member);
        return;
      }
      // What the checks said may have been said of a process that is no more.
      if (member.checked !== undefined && member.checked !== 'SERVING') this.#owner.onReturn(member);
    });
    client.on('disconnected', () => {
      this.#update(member, 'the connection was lost', () => {
        member.isConnected = false;
      });
      if (member.losses.disconnected()) this.#record(member);
    });
    client.on('draining', () => {
      this.#update(member, 'it said goodbye', () => {
        member.hasSaidGoodbye = true;
      });
    });
    client.on('handshakeFailed', ({ message }) => {
      member.lastError = new Error(message);
    });
  }

  #open(member: Member): void {
    const { requester } = member;
    if (!(requester instanceof Client)) return;
    requester.connect().catch((error: unknown) => {
      member.lastError = error;
    });
  }

  /** Changes something of a member, and sees to all that follows from it. */
  #update(member: Member, why: string | undefined, change: () => void): void {
    const { state: previous, checked } = member;
    change();
    const { state } = member;
    if (state === previous) {
      // It may be asked for want of a better one, or may not any more.
      if (member.checked !== checked) this.changed();
      return;
    }
    member.warmingSince = undefined;
    member.weight = member.fullWeight;
    member.hasBeenWell ||= previous === 'healthy' || previous === 'warming';
    // One that is new begins like all others.
    if (state === 'healthy' && member.hasBeenWell) this.#warmUp.begin(member);
    this.#report(member, previous, why);
    if (member.isRemoved) return;
    this.changed();
  }

  #report(member: Member, previous: MemberState, why: string | undefined): void {
    const { key, state } = member;
    this.#owner.log.info({ member: key, state, previous }, why ?? `it is ${state}`);
    this.#owner.events.emit('stateChanged', { member: key, state, previous, why });
  }

  #onWarm(member: Member): void {
    const previous = member.state;
    member.warmingSince = undefined;
    if (member.state !== previous) this.#report(member, previous, 'it has all of its load again');
  }
}
