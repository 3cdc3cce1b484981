/** Where FNV begins, and what it multiplies by. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * A hash of a text, of 32 bits: FNV-1a (Fowler, Noll and Vo; RFC 9923) over its UTF-16 units, each at once, and the bits mixed in the end. For ASCII it is FNV-1a of its bytes, mixed. Not for secrets: whoever
 * wants texts with the same hash finds them.
 * @param seed another one makes another hash.
 */
export function hash32(text: string, seed: number = FNV_OFFSET): number {
  let hash = seed;
  for (let n = 0; n < text.length; n += 1) hash = Math.imul(hash ^ text.charCodeAt(n), FNV_PRIME);
  return mix32(hash);
}

/**
 * Mixes 32 bits so that each of them depends on all: the finalizer of MurmurHash3 (Appleby, {@link https://github.com/aappleby/smhasher/wiki/MurmurHash3 | MurmurHash3}). FNV by itself leaves texts
 * that differ in their last letter next to each other. No two numbers become the same one.
 */
export function mix32(bits: number): number {
  let mixed = bits ^ (bits >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
