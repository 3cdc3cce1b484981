export { algorithmNamed, type AlgorithmName, type CompressionAlgorithm } from './algorithm.js';
