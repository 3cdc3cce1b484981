export { algorithmNamed, algorithmOf, type AlgorithmName, type CompressionAlgorithm } from './algorithm.js';
export { compressed, type CompressedOptions } from './compressed.js';
