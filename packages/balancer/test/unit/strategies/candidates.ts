import { SeededRandom } from '@liberzmq-tooling/testkit';
import fc from 'fast-check';
import type { Candidate, RequestFacts, Strategy } from '../../../src/strategies/strategy.js';

/** A candidate whose figures the test sets. */
export interface Fake extends Candidate {
  pending: number;
  latencyMs: number;
}

export function fake(key: string, facts: Partial<Omit<Fake, 'key'>> = {}): Fake {
  return { key, weight: 1, pending: 0, latencyMs: 0, ...facts };
}

/** Candidates with the keys a, b, c and so on, and these weights. */
export function fakes(weights: readonly number[]): Fake[] {
  return weights.map((weight, n) => fake(String.fromCharCode('a'.charCodeAt(0) + n), { weight }));
}

/** So many that weigh the same, with addresses as their keys. */
export function servers(count: number): Fake[] {
  return Array.from({ length: count }, (_, n) => fake(`tcp://10.0.${n >> 8}.${n & 255}:5555`));
}

export function request(hashKey?: string): RequestFacts {
  return { action: 'work', hashKey };
}

/** What seeded chance is for a strategy. */
export function seeded(seed: number): () => number {
  const random = new SeededRandom(seed);
  return () => random.next();
}

/** The keys of those that are picked one after the other. */
export function picks(strategy: Strategy, candidates: readonly Candidate[], times: number): string[] {
  return Array.from({ length: times }, () => strategy.pick(candidates, request()).key);
}

/** Which part of the picks each has got, in the order of the candidates. */
export function parts(strategy: Strategy, candidates: readonly Candidate[], times: number): number[] {
  const counts = new Map(candidates.map(({ key }) => [key, 0]));
  for (const key of picks(strategy, candidates, times)) counts.set(key, counts.get(key)! + 1);
  return [...counts.values()].map((count) => count / times);
}

/** How far parts are from the shares that the weights say, at most, as a part of the share. */
export function worstDeviation(got: readonly number[], weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Math.max(...got.map((part, n) => Math.abs((part * total) / weights[n]! - 1)));
}

/** Weights as people give them, and stranger ones. */
export const anyWeight: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(1, 1, 2, 3, 0.5, 0.1, 100),
  fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
);

/** Some candidates in any state. */
export const anyCandidates: fc.Arbitrary<Fake[]> = fc
  .array(
    fc.record({
      weight: anyWeight,
      pending: fc.nat({ max: 20 }),
      latencyMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e5, noNaN: true })),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((all) => all.map((facts, n) => fake(`m${n}`, facts)));

/** Chance, from 0 to the largest number below 1. */
export const anyChance: fc.Arbitrary<() => number> = fc
  .infiniteStream(
    fc.oneof(fc.constantFrom(0, 1 - 2 ** -53, 0.5), fc.double({ min: 0, max: 1 - 2 ** -53, noNaN: true })),
  )
  .map((stream) => () => stream.next().value as number);
