import { checkMembers, type MemberOptions } from '../members/member-options.js';
import type { Resolver } from './resolver.js';

/**
 * Servers that are always the same: what the option `addresses` does, as a resolver.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const client = new LoadBalancedClient({ resolver: fixed(['tcp://10.0.0.1:5556', 'tcp://10.0.0.2:5556']) });
 * ```
 */
export function fixed(addresses: readonly (string | MemberOptions)[]): Resolver {
  const members = checkMembers('fixed: the addresses', addresses);
  return {
    watch({ onMembers }) {
      onMembers(members);
      return { close: () => Promise.resolve() };
    },
  };
}
