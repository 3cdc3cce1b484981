import { algorithmNamed, type AlgorithmName } from '@liberzmq/core/compression';

export const NAMES: readonly AlgorithmName[] = ['gzip', 'deflate', 'brotli', 'zstd', 'lz4'];

/** Each algorithm, in each of its two variants. */
export const VARIANTS = NAMES.flatMap((name) => {
  const algorithm = algorithmNamed(name);
  return [
    {
      name,
      variant: 'sync',
      compress: (bytes: Uint8Array, level?: number) => Promise.resolve(algorithm.compress(bytes, level)),
      decompress: async (bytes: Uint8Array, maxBytes: number) => {
        await Promise.resolve();
        return algorithm.decompress(bytes, maxBytes);
      },
    },
    {
      name,
      variant: 'async',
      compress: (bytes: Uint8Array, level?: number) => algorithm.compressAsync(bytes, level),
      decompress: (bytes: Uint8Array, maxBytes: number) => algorithm.decompressAsync(bytes, maxBytes),
    },
  ];
});
