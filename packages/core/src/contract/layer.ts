import type { Requester } from './requester.js';

/** Wraps a requester into one that does more: retries, times out, limits. */
export type Layer = (inner: Requester) => Requester;

/**
 * Puts layers around a leaf, the first one outermost.
 * @example
 * ```ts
 * const requester = stack([outermost, innermost], new Client({ address }));
 * ```
 */
export function stack(layers: readonly Layer[], leaf: Requester): Requester {
  return layers.reduceRight((inner, layer) => layer(inner), leaf);
}
