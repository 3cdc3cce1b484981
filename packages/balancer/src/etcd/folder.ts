import { option } from '@liberzmq/core/options';

export const prefixOption = option.string;

/** A prefix as that of a folder, so that `/services/price` does not have what belongs to `/services/price-history`. */
export function folderOf(prefix: string): string {
  return prefix.endsWith('/') ? prefix : `${prefix}/`;
}
