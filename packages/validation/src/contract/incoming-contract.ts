import type { Middleware } from '@liberzmq/core';
import { checkingStep, type OnInvalid } from '../endpoints/middleware.js';
import type { Models } from '../models.js';
import { badOption, checkKeys, checkOneOf } from '../options.js';
import type { Contract } from './contract.js';

/** For {@link typedSubscriber} and {@link typedPuller}. */
export interface TypedReceiverOptions {
  /**
   * What becomes of a message that is not as the contract says.
   * - `'reject'`: it is not delivered. It is logged, counted under `errors`, and reported as the event `handlerFailed` or `taskFailed`.
   * - `'drop'`: it is not delivered, and counted under `drops`.
   * - `'pass'`: it is delivered as it came. `invalid` counts it, as it counts the others.
   * @defaultValue 'reject'
   */
  onInvalid?: OnInvalid | undefined;
}

/** What receives messages, and has middleware. */
interface Receiver {
  addMiddleware(middleware: Middleware, options?: { position?: 'first' | 'last' }): unknown;
}

/** What arrives at one endpoint is checked by one contract. */
export interface IncomingContract {
  readonly onInvalid: OnInvalid;
  /** Messages so far that were not as the contract says. */
  invalid: number;
}

/** Of each endpoint, by which contracts it checks already. */
const checked = new WeakMap<object, Map<Contract, IncomingContract>>();

/**
 * Has an endpoint check what arrives, as the last before it is delivered; once for each contract, however often it is asked to.
 * @throws ConfigurationError BAD_OPTION
 */
export function checkIncoming(
  where: string,
  receiver: Receiver,
  { contract, models }: { readonly contract: Contract; readonly models: Models },
  options: TypedReceiverOptions,
): IncomingContract {
  checkKeys(where, options, ['onInvalid']);
  const { onInvalid = 'reject' } = options;
  checkOneOf(where, 'onInvalid', onInvalid, ['reject', 'drop', 'pass']);
  const known = checked.get(receiver)?.get(contract);
  if (known !== undefined) {
    if (options.onInvalid === undefined || known.onInvalid === onInvalid) return known;
    throw badOption(`${where}: this endpoint has the contract already, with onInvalid: '${known.onInvalid}'`);
  }
  const incoming: IncomingContract = { onInvalid, invalid: 0 };
  const onInvalidMessage = (): void => {
    incoming.invalid += 1;
  };
  const step = checkingStep({ models, onInvalid, onInvalidMessage });
  receiver.addMiddleware({ name: 'contract', incoming: step }, { position: 'first' });
  const all = checked.get(receiver) ?? new Map<Contract, IncomingContract>();
  checked.set(receiver, all.set(contract, incoming));
  return incoming;
}
