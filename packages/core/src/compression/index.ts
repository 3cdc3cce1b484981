export { algorithmNamed, algorithmOf, type AlgorithmName, type CompressionAlgorithm } from './algorithm.js';
