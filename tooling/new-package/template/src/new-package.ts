import { ConfigurationError, type Layer } from '@liberzmq/core';

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
  checkOptions(options);
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

/** From callers without types, options may be anything. */
function checkOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw badOption('options must be an object');
  }
  const unknown = Object.keys(options).find((key) => key !== 'onRequest');
  if (unknown !== undefined) throw badOption(`unknown option '${unknown}'; known is onRequest`);
  const { onRequest } = options as Record<string, unknown>;
  if (onRequest !== undefined && typeof onRequest !== 'function') {
    throw badOption("option 'onRequest' must be a function");
  }
}

function badOption(message: string): ConfigurationError {
  return new ConfigurationError('BAD_OPTION', `newPackage: ${message}`);
}
