import type { Layer } from '@liberzmq/core';
import { checkOptions, option } from '@liberzmq/core/options';

/** For {@link newPackage}. */
export interface NewPackageOptions {
  /**
   * Is told the action of each request before the request is passed on. If it throws, the request fails with what it threw, and nothing is sent.
   * @defaultValue nobody is told: passing on needs no witness
   */
  onRequest?: ((action: string) => void) | undefined;
}

/**
 * A layer that passes requests on as they are, once each.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * const requester = stack([newPackage({ onRequest: (action) => counter.add(action) })], new Client({ address }));
 * ```
 */
export function newPackage(options: NewPackageOptions = {}): Layer {
  checkOptions('newPackage', options, { onRequest: option.callback });
  const { onRequest } = options;
  return (inner) => ({
    // `async`, so that what `onRequest` throws becomes a rejection.
    sendRequest: async (action, data, requestOptions) => {
      onRequest?.(action);
      return inner.sendRequest(action, data, requestOptions);
    },
    close: (closeOptions) => inner.close(closeOptions),
  });
}
