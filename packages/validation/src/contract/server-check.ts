import {
  createError,
  getLogger,
  LiberZMQError,
  MessageError,
  type Requester,
  type RequestOptions,
} from '@liberzmq/core';
import { checkCompatibility, type Compatibility } from '../compatibility/check-compatibility.js';
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

/** Compares a client's contract with that of its server: once, and again when the connection is a new one. */
export class ServerCheck {
  readonly #requester: Requester;
  readonly #contract: Contract;
  readonly #policy: OnIncompatible;
  /** The actions that do not fit, and why; `undefined` until the server has told. */
  #misfits: ReadonlyMap<string, string> | undefined;
  /** Resolves with why the server could not be asked, if it could not. */
  #asking: Promise<Error | undefined> | undefined;

  constructor(requester: Requester, contract: Contract, policy: OnIncompatible) {
    this.#requester = requester;
    this.#contract = contract;
    this.#policy = policy;
    if (policy === 'ignore') return;
    (requester as TellsOfConnections).on?.('connected', () => {
      this.#misfits = undefined;
    });
  }

  /** What a request has to wait for: it resolves with an error if the request is not to be sent. `undefined` if there is nothing to wait for. */
  before(action: string): Promise<Error | undefined> | undefined {
    if (this.#policy === 'ignore') return undefined;
    if (this.#misfits === undefined) {
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
      const misfits = new Map<string, string[]>();
      for (const { name, part, path, message } of breaking) {
        const reasons = misfits.get(name) ?? [];
        misfits.set(name, [...reasons, `${part}${path === '' ? '' : ` ${path}`}: ${message}`]);
      }
      this.#misfits = new Map([...misfits].map(([action, reasons]) => [action, listed(reasons)]));
      if (this.#policy === 'warn' && breaking.length > 0) {
        log.warn({ breaking }, `the server's contract is another one: ${[...misfits.keys()].join(', ')} may fail`);
      }
      return undefined;
    } catch (error) {
      return this.#failed(error);
    } finally {
      this.#asking = undefined;
    }
  }

  /** What was to be sent has not been sent, whatever became of the question. */
  #failed(error: unknown): Error {
    const { code, message, retryable } =
      error instanceof LiberZMQError ? error : { code: 'PROTOCOL', message: String(error), retryable: false };
    if (this.#policy === 'warn') {
      this.#misfits = new Map();
      if (code !== 'CLOSED') log.warn({ err: error }, "the server's contract could not be checked");
    }
    return createError(code, `the server's contract could not be checked, and nothing was sent: ${message}`, {
      outcome: 'not-sent',
      retryable,
      cause: error,
    });
  }

  #refusalOf(action: string): Error | undefined {
    const why = this.#misfits?.get(action);
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

function listed(reasons: readonly string[]): string {
  const more = reasons.length - SHOWN;
  return reasons.slice(0, SHOWN).join('; ') + (more > 0 ? `; and ${String(more)} more` : '');
}
