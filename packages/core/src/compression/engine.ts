/** What compresses and decompresses, without checks of levels and with errors of its own. */
export interface Engine {
  compress(bytes: Uint8Array, level: number): Uint8Array;
  compressAsync(bytes: Uint8Array, level: number): Promise<Uint8Array>;
  /** Gives up as soon as it is clear that there are more than `maxBytes`, with a {@link LimitExceeded}. */
  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array;
  decompressAsync(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array>;
}

/** What an engine throws in place of more bytes than are wanted. */
export class LimitExceeded extends Error {}

/** What an engine throws for bytes that are not exactly one whole frame. */
export class MalformedFrame extends Error {}
