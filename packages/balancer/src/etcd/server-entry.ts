import { checkConnectAddress, describe, type OptionCheck } from '@liberzmq/core/options';
import type { MemberOptions } from '../members/member-options.js';

/** What stands in etcd of a server, as JSON. */
export interface ServerEntry {
  readonly address: string;
  readonly weight?: number | undefined;
  readonly tier?: number | undefined;
}

/** Hosts that stand for all addresses of a machine. A server is bound to them, and nobody else finds it there. */
const WILDCARD_HOST = /^tcp:\/\/(?:0+(?:\.0+){0,3}|\[[0:]+(?:ffff:0+(?:\.0+){3})?\]):/i;

const address: OptionCheck = (value) => {
  const wanted = 'an address that clients can connect to, as tcp://10.0.0.1:5556';
  try {
    checkConnectAddress(value);
  } catch {
    return wanted;
  }
  return WILDCARD_HOST.test(value as string) ? wanted : undefined;
};

const weight: OptionCheck = (value) =>
  Number.isFinite(value) && (value as number) > 0 ? undefined : 'a number above 0';

const tier: OptionCheck = (value) =>
  Number.isInteger(value) && (value as number) >= 0 ? undefined : 'a whole number, 0 or more';

/** What its fields may be. */
export const ENTRY_CHECKS = { address, weight, tier };

export function writeServerEntry({ address, weight, tier }: ServerEntry): string {
  return JSON.stringify({ address, weight, tier });
}

/** Fields that it does not know are left to whoever does. @returns what is wrong, as a text, if it is no entry */
export function readServerEntry(text: string): MemberOptions | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  if (typeof value !== 'object' || value === null) return 'it is not an object';
  const fields = value as Readonly<Record<string, unknown>>;
  for (const [field, check] of Object.entries(ENTRY_CHECKS)) {
    const given = fields[field];
    if (given === undefined && field !== 'address') continue;
    const wanted = check(given);
    if (wanted !== undefined) return `its '${field}' is not ${wanted}, but ${describe(given)}`;
  }
  const entry = fields as unknown as ServerEntry;
  return { address: entry.address, weight: entry.weight, tier: entry.tier };
}
