import {
  DEFAULTS,
  getLogger,
  type CloseOptions,
  type Middleware,
  type Requester,
  type TypedEvent,
} from '@liberzmq/core';
import { checkOptions, option } from '@liberzmq/core/options';
import { checkWaitOptions, Closing, EventHub, type WaitOptions } from '@liberzmq/core/requesters';
import { Dispatcher, type BalancedRequestOptions } from './attempts/dispatcher.js';
import type { BalancerEvents, BalancerStats, MemberStats } from './balancer-events.js';
import {
  checkMember,
  settleOptions,
  type BalancerSettings,
  type LoadBalancedClientOptions,
  type MemberOptions,
} from './balancer-options.js';
import { Checker, type CheckResult } from './health/checker.js';
import { Departures } from './members/departures.js';
import type { Member } from './members/member.js';
import { MemberSet } from './members/member-set.js';
import { Membership } from './resolvers/membership.js';

const CLOSE_OPTIONS = { timeoutMs: option.durationOrZero, drain: option.boolean };

/**
 * Spreads requests over several servers, and asks another one when that is safe and of use. A requester like a single client: whatever is built on one goes on
 * to work with many.
 * @example
 * ```ts
 * const client = new LoadBalancedClient({ addresses: ['tcp://10.0.0.1:5556', 'tcp://10.0.0.2:5556'], idempotent: true });
 * const price = await client.sendRequest('price', { id: 7 });
 * await client.disconnectAll();
 * ```
 */
export class LoadBalancedClient implements Requester, AsyncDisposable {
  readonly #settings: BalancerSettings;
  readonly #members: MemberSet;
  readonly #dispatcher: Dispatcher;
  /** Where a resolver tells who the members are. */
  readonly #membership: Membership | undefined;
  readonly #checker: Checker;
  readonly #hub = new EventHub<BalancerEvents>();
  readonly #log = getLogger('liberzmq:balancer');
  readonly #closing = new Closing('this balancer');
  readonly #departures = new Departures(this.#log);
  #hasStarted = false;

  /** @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE */
  constructor(options: LoadBalancedClientOptions) {
    const settings = settleOptions(options);
    this.#settings = settings;
    this.#members = new MemberSet(settings, {
      events: this.#hub,
      log: this.#log,
      onAvailability: () => {
        this.#dispatcher.onAvailability();
      },
      onReturn: (member) => {
        void this.#checker.check(member);
      },
      onProbation: (member) => {
        void this.#try(member);
      },
    });
    this.#checker = new Checker(settings.healthCheck, {
      members: () => this.#members.all,
      onVerdict: (member, status, why) => {
        this.#members.setChecked(member, status, why);
      },
    });
    this.#dispatcher = new Dispatcher(settings, {
      members: this.#members,
      closing: this.#closing,
      events: this.#hub,
      whyNobody: () => this.#membership?.whyNobody ?? 'there are no members',
    });
    for (const member of settings.members) this.#members.add(member);
    this.#membership =
      settings.resolver &&
      new Membership(settings.resolver, {
        set: this.#members,
        events: this.#hub,
        departures: this.#departures,
      });
  }

  /**
   * Opens the connections now, and resolves when one of the members can be asked, with the balancer itself.
   * @throws ConnectionError UNREACHABLE, CLOSED; CancelledError ABORTED
   */
  async connect(options: WaitOptions = {}): Promise<this> {
    checkWaitOptions('connect', options);
    this.#closing.refuse('connect');
    const { timeoutMs = this.#settings.timeoutMs, signal } = options;
    this.#start();
    if (this.#members.shares.length > 0) return this;
    const limits = { deadline: performance.now() + timeoutMs, signals: signal === undefined ? [] : [signal] };
    await this.#dispatcher.waitForMember(limits);
    return this;
  }

  /**
   * Runs an action on one of the servers and resolves with its result. Asks another one where that is safe, within the one time of the request.
   * @throws ConnectionError UNREACHABLE, with the last error of each member, if none could be reached in time; else what the member that was asked last has thrown
   */
  sendRequest(action: string, data?: unknown, options?: BalancedRequestOptions): Promise<unknown> {
    this.#start();
    return this.#dispatcher.send(action, data, options);
  }

  /** Asks every member how it is, now, and acts upon it. @returns what each has said, by its key */
  async healthCheck(): Promise<Readonly<Record<string, CheckResult>>> {
    this.#closing.refuse('a health check');
    this.#start();
    const members = this.#members.all;
    const results = await Promise.all(members.map((member) => this.#checker.check(member)));
    return Object.fromEntries(members.map(({ key }, n) => [key, results[n] as CheckResult]));
  }

  /** Adds a server while all goes on. @throws ConfigurationError BAD_OPTION, BAD_ADDRESS, INSECURE; ConnectionError CLOSED */
  addMember(member: string | MemberOptions): this {
    this.#closing.refuse('addMember');
    const { key } = this.#members.add(checkMember(member));
    this.#hub.emit('memberAdded', { member: key });
    return this;
  }

  /**
   * Takes a server out while all goes on: it is asked nothing more, finishes what it has under way, and is closed.
   * @param options how long it may take to finish. However long it takes, if left out.
   * @returns whether it was a member; when it is closed
   * @throws ConfigurationError BAD_OPTION; ConnectionError CLOSED
   */
  async removeMember(key: string, options?: CloseOptions): Promise<boolean> {
    checkOptions('removeMember', options ?? {}, CLOSE_OPTIONS);
    this.#closing.refuse('removeMember');
    const member = this.#members.get(key);
    if (member === undefined) return false;
    this.#members.remove(member);
    this.#hub.emit('memberRemoved', { member: key });
    if (options === undefined) await this.#departures.leave(member);
    else {
      const { timeoutMs = DEFAULTS.closeTimeoutMs, drain = true } = options;
      await this.#departures.end(member, options, drain ? timeoutMs : 0);
    }
    return true;
  }

  /** Adds a middleware to all clients that are made here, those that come later included. To be done before anything is sent. @throws ConfigurationError BAD_OPTION */
  addMiddleware(middleware: Middleware): this {
    this.#closing.refuse('addMiddleware');
    this.#members.addMiddleware(middleware);
    return this;
  }

  /** Takes nothing new, finishes what runs within the time, and closes all members. A second call returns the same promise. */
  close(options?: CloseOptions): Promise<void> {
    return this.#closing.begin(options, (timeoutMs) => this.#close(options, timeoutMs));
  }

  /** The same as {@link close}, by the name that the original guide has for it. */
  disconnectAll(options?: CloseOptions): Promise<void> {
    return this.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What it has done so far, and how its members are. */
  stats(): BalancerStats {
    return {
      ...this.#dispatcher.counts,
      waiting: this.#dispatcher.waiting,
      retryBudget: this.#settings.retryBudget.balance,
      members: this.#members.all.map(statsOf),
    };
  }

  on<K extends keyof BalancerEvents>(type: K, listener: (event: BalancerEvents[K]) => void): this {
    this.#hub.on(type, listener);
    return this;
  }

  off<K extends keyof BalancerEvents>(type: K, listener: (event: BalancerEvents[K]) => void): this {
    this.#hub.off(type, listener);
    return this;
  }

  /** All events from now on, one after the other, until it is closed. A loop that is too slow misses the oldest beyond a thousand. */
  events(): AsyncIterableIterator<TypedEvent<BalancerEvents>> {
    return this.#hub.iterate();
  }

  #start(): void {
    if (this.#hasStarted || this.#closing.hasBegun) return;
    this.#hasStarted = true;
    this.#members.start();
    this.#checker.start();
    this.#membership?.start();
  }

  /** Asks one that was left out, before anybody else has to find out. */
  async #try(member: Member): Promise<void> {
    const { status, error } = await this.#checker.check(member);
    if (this.#closing.hasBegun || member.isRemoved) return;
    // What is lost, or closes, has not failed: it is tried with the next connection.
    if (!member.isConnected || member.hasSaidGoodbye) member.isTrialDue = true;
    else if (status === 'SERVING') this.#members.readmit(member);
    else {
      const why = status === 'FAILING' ? textOf(error) : `it says ${status}`;
      this.#members.ejectFor(member, `it did not pass its trial: ${why}`);
    }
  }

  async #close(options: CloseOptions | undefined, timeoutMs: number): Promise<void> {
    this.#checker.stop();
    this.#members.stop();
    const watched = this.#membership?.close(options);
    this.#dispatcher.beginClose();
    // What is tried again at once is sent before nobody takes it any more.
    await new Promise(setImmediate);
    await Promise.all([watched, this.#departures.endAll(this.#members.all, options, timeoutMs)]);
    this.#hub.emit('closed', {});
    this.#hub.end();
  }
}

function statsOf(member: Member): MemberStats {
  const { key, state, weight, tier, pending, latencyMs, counts, ejectedFor, lastError } = member;
  return { member: key, state, weight, tier, inFlight: pending, latencyMs, ...counts, ejectedFor, lastError };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}
