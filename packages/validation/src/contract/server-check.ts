import {
  createError,
  getLogger,
  LiberZMQError,
  MessageError,
  type Requester,
  type RequestOptions,
} from '@liberzmq/core';
import { checkCompatibility, type Change, type Compatibility } from '../compatibility/check-compatibility.js';
import { clipped } from '../compatibility/finding.js';
import type { Contract } from './contract.js';
import { CONTRACT_ACTION, readContracts, type ContractAnswer } from './contract-action.js';
import type { ActionDescription } from './description.js';

/** What a client does if the server's contract does not fit. */
export type OnIncompatible = 'ignore' | 'warn' | 'refuse';

const log = getLogger('liberzmq:contract');
const COMPATIBLE: Compatibility = { compatible: true, breaking: [], unclear: [] };
const SHOWN = 3;

/** Where connections come and go, the server may become another one. */
interface TellsOfConnections {
  on?(type: 'connected', listener: () => void): unknown;
}

/** How often a requester has connected. */
interface Connections {
  count: number;
}

const connectionsOf = new WeakMap<Requester, Connections>();

/** Listens once, however many typed clients are made around the same requester. */
function countConnections(requester: Requester): Connections {
  const known = connectionsOf.get(requester);
  if (known !== undefined) return known;
  const connections: Connections = { count: 0 };
  (requester as TellsOfConnections).on?.('connected', () => {
    connections.count += 1;
  });
  connectionsOf.set(requester, connections);
  return connections;
}

/** Compares a client's contract with that of its server: once, and again when the connection is a new one. */
export class ServerCheck {
  readonly #requester: Requester;
  readonly #contract: Contract;
  readonly #policy: OnIncompatible;
  readonly #connections: Connections | undefined;
  /** The actions that do not fit, and why. */
  #misfits: ReadonlyMap<string, string> = new Map();
  /** How many connections there had been when the server told; `undefined` until it has. */
  #toldAt: number | undefined;
  /** Resolves with why the server could not be asked, if it could not. */
  #asking: Promise<Error | undefined> | undefined;

  constructor(requester: Requester, contract: Contract, policy: OnIncompatible) {
    this.#requester = requester;
    this.#contract = contract;
    this.#policy = policy;
    this.#connections = policy === 'ignore' ? undefined : countConnections(requester);
  }

  /** What a request has to wait for: it resolves with an error if the request is not to be sent. `undefined` if there is nothing to wait for. */
  before(action: string): Promise<Error | undefined> | undefined {
    if (this.#connections === undefined) return undefined;
    if (this.#toldAt !== this.#connections.count) {
      this.#asking ??= this.#ask();
      if (this.#policy === 'warn') return undefined;
      return this.#asking.then((failure) => failure ?? this.#refusalOf(action));
    }
    return this.#misfits.has(action) ? Promise.resolve(this.#refusalOf(action)) : undefined;
  }

  /**
   * What of the contract does not work with the server.
   * @throws MessageError PROTOCOL if the server does not tell its contract; and as the requester does
   */
  async check(options?: RequestOptions): Promise<Compatibility> {
    const { fingerprint } = this.#contract;
    const contracts = readContracts(await this.#answer({ fingerprint }, options));
    if (contracts.some((each) => each.fingerprint === fingerprint)) return COMPATIBLE;
    const { breaking, unclear } = checkCompatibility(this.#contract, together(contracts));
    const ours = breaking.filter(({ older }) => older === 'client');
    return {
      compatible: ours.length === 0,
      breaking: ours,
      unclear: unclear.filter(({ older }) => older === 'client'),
    };
  }

  async #answer(data: unknown, options: RequestOptions | undefined): Promise<unknown> {
    try {
      return await this.#requester.sendRequest(CONTRACT_ACTION, data, { idempotent: true, ...options });
    } catch (error) {
      if (!(error instanceof LiberZMQError) || error.code !== 'UNKNOWN_ACTION') throw error;
      throw new MessageError('PROTOCOL', 'the server does not tell its contract: it has none, or does not show it', {
        outcome: 'answered',
        cause: error,
      });
    }
  }

  async #ask(): Promise<Error | undefined> {
    try {
      const { breaking } = await this.check();
      const misfits = reasonsByAction(breaking);
      this.#told(misfits);
      if (this.#policy === 'warn' && misfits.size > 0) {
        const actions = [...misfits.keys()].join(', ');
        log.warn({ misfits: Object.fromEntries(misfits) }, `the server's contract is another one: ${actions} may fail`);
      }
      return undefined;
    } catch (error) {
      return this.#failed(error);
    } finally {
      this.#asking = undefined;
    }
  }

  #told(misfits: ReadonlyMap<string, string>): void {
    this.#misfits = misfits;
    this.#toldAt = this.#connections?.count;
  }

  /** What was to be sent has not been sent, whatever became of the question. */
  #failed(error: unknown): Error {
    const { code, message, retryable } =
      error instanceof LiberZMQError ? error : { code: 'PROTOCOL', message: String(error), retryable: false };
    if (this.#policy === 'warn') {
      this.#told(new Map());
      if (code !== 'CLOSED') log.warn({ err: error }, "the server's contract could not be checked");
    }
    return createError(code, `the server's contract could not be checked, and nothing was sent: ${message}`, {
      outcome: 'not-sent',
      retryable,
      cause: error,
    });
  }

  #refusalOf(action: string): Error | undefined {
    const why = this.#misfits.get(action);
    if (why === undefined || this.#policy !== 'refuse') return undefined;
    return new MessageError(
      'PROTOCOL',
      `'${action}' was not sent: the server's contract is another one, and does not fit: ${why}`,
      { outcome: 'not-sent' },
    );
  }
}

/** The actions of several contracts, to be compared as one. */
function together(contracts: readonly ContractAnswer[]): Parameters<typeof checkCompatibility>[1] {
  const entries = contracts.flatMap(({ contract }) => Object.entries(contract?.actions ?? {}));
  return {
    version: contracts.map(({ version }) => version).join(', '),
    title: 'server',
    fingerprint: '',
    actions: Object.fromEntries<ActionDescription>(entries),
    topics: {},
    tasks: {},
  };
}

function reasonsByAction(changes: readonly Change[]): ReadonlyMap<string, string> {
  const byAction = new Map<string, Change[]>();
  for (const change of changes) {
    const known = byAction.get(change.name);
    if (known === undefined) byAction.set(change.name, [change]);
    else known.push(change);
  }
  return new Map([...byAction].map(([action, all]) => [action, listed(all)]));
}

/** The first reasons, none of them longer than people read: a server may send what it likes. */
function listed(changes: readonly Change[]): string {
  const more = changes.length - SHOWN;
  const reasons = changes
    .slice(0, SHOWN)
    .map(({ part, path, message }) => clipped(`${part}${path === '' ? '' : ` ${path}`}: ${message}`));
  return reasons.join('; ') + (more > 0 ? `; and ${String(more)} more` : '');
}
