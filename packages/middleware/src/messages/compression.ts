import type { Middleware } from '@liberzmq/core';
import { compressed, type CompressedOptions } from '@liberzmq/core/compression';

/** For {@link compression}. */
export type CompressionOptions = CompressedOptions;

/**
 * Compresses what an endpoint sends, where that makes it smaller, and decompresses what it receives. It puts `compressed()` around the endpoint's serializer, so
 * both ends need it, or a serializer called `compressed_…`; a server answers each client as it was asked, so that there they may differ. Add it before the first
 * message.
 * @throws ConfigurationError BAD_OPTION if an option is wrong, or the package that the algorithm needs is missing
 * @example
 * ```ts
 * publisher.addMiddleware(compression({ algorithm: 'gzip', thresholdBytes: 4_096 }));
 * ```
 */
export function compression(options: CompressionOptions = {}): Middleware {
  // So that wrong options show here, and not only where it is added.
  compressed('json', options);
  return { name: 'compression', serializer: (inner) => compressed(inner, options) };
}
