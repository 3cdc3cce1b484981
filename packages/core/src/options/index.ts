export { checkConnectAddress } from './address.js';
export { badOption, checkOptions, describe, option, type OptionCheck } from './check-options.js';
