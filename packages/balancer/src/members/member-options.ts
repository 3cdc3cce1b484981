import type { Requester } from '@liberzmq/core';
import { badOption, checkOptions, describe, option } from '@liberzmq/core/options';

/** A server, or anything else that takes requests. */
export interface MemberOptions {
  /** Where it is: a client is made for it. Either this, or `requester`. */
  address?: string | undefined;
  /** Something that takes requests: a pool, a service, a client with layers. It is closed with the balancer. Needs a `key`. */
  requester?: Requester | undefined;
  /**
   * By which errors, events and figures know it.
   * @defaultValue its address
   */
  key?: string | undefined;
  /**
   * How much of the load it is to have, beside the others; from 0.000001 to 1000000, so that it can be reckoned with.
   * @defaultValue 1
   */
  weight?: number | undefined;
  /**
   * Those of a larger number are asked only for what those of a smaller one cannot take.
   * @defaultValue 0
   */
  tier?: number | undefined;
}

const LEAST_WEIGHT = 0.000_001;
const MOST_WEIGHT = 1_000_000;

const isWeight = (value: unknown): string | undefined =>
  typeof value === 'number' && value >= LEAST_WEIGHT && value <= MOST_WEIGHT
    ? undefined
    : 'a number from 0.000001 to 1000000';

const isRequester = (value: unknown): string | undefined => {
  const { sendRequest, close } = (value ?? {}) as Partial<Requester>;
  return typeof sendRequest === 'function' && typeof close === 'function'
    ? undefined
    : "an object with functions 'sendRequest' and 'close'";
};

const MEMBER_OPTIONS = {
  address: option.string,
  requester: isRequester,
  key: option.string,
  weight: isWeight,
  tier: option.limitOrZero,
};

const WHERE = 'LoadBalancedClient';

/** @throws ConfigurationError BAD_OPTION */
export function checkMember(given: string | MemberOptions): MemberOptions & { readonly key: string } {
  const member: MemberOptions = typeof given === 'string' ? { address: given } : given;
  checkOptions(`${WHERE}, a member`, member, MEMBER_OPTIONS);
  const { address, requester, key = address } = member;
  if ((address === undefined) === (requester === undefined)) {
    throw badOption(`${WHERE}: a member has either an 'address' or a 'requester'`);
  }
  if (key === undefined) throw badOption(`${WHERE}: a member with a 'requester' needs a 'key', by which it is known`);
  return { ...member, key };
}

/**
 * One at least, and none twice.
 * @param what what they are, as the error says it.
 * @throws ConfigurationError BAD_OPTION
 */
export function checkMembers(what: string, given: readonly (string | MemberOptions)[]): readonly MemberOptions[] {
  if (!Array.isArray(given))
    throw badOption(`${what} must be an array of addresses or members, not ${describe(given)}`);
  const members = given.map((each: string | MemberOptions) => checkMember(each));
  if (members.length === 0) throw badOption(`${what} must name one server at least`);
  const keys = members.map(({ key }) => key);
  const twice = keys.find((key, n) => keys.indexOf(key) !== n);
  if (twice !== undefined) throw badOption(`${what} has '${twice}' twice`);
  return members;
}
