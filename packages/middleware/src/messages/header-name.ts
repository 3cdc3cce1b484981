import type { OptionCheck } from '@liberzmq/core/options';

/** The name of a header, as an option. */
export const headerName: OptionCheck = (value) =>
  typeof value === 'string' && value !== '' && value === value.toLowerCase() && !value.startsWith('lz-')
    ? undefined
    : "a header's name: in lower case, and without 'lz-' at its beginning";
