import type { CloseOptions } from '../contract/closable.js';
import { DEFAULTS } from '../defaults.js';
import type { ConfigurationError } from '../errors/error-classes.js';
import { checkOptions, option } from '../options/check-options.js';

/** How long a close may wait, in ms. @throws ConfigurationError BAD_OPTION */
export function closeTimeout(options: CloseOptions = {}): number {
  checkOptions('close', options, { timeoutMs: option.durationOrZero, drain: option.boolean });
  return options.drain === false ? 0 : (options.timeoutMs ?? DEFAULTS.closeTimeoutMs);
}

/** What is wrong with the options of a close, for one that rejects instead of throwing. */
export function closeOptionsError(options?: CloseOptions): ConfigurationError | undefined {
  try {
    closeTimeout(options);
    return undefined;
  } catch (error) {
    return error as ConfigurationError;
  }
}
