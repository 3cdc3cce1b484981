import { readFileSync } from 'node:fs';
import type { Notation } from './notation.js';

/** Bytes and what they mean. */
export interface Vector {
  readonly name: string;
  readonly value: Notation;
  readonly bytes: string;
  /** False if we write other bytes for this value, and only read these. */
  readonly written?: false;
  /** What Python sees, if not the same. */
  readonly python?: Notation;
  /** What we see of what Python writes of that, if not the value. */
  readonly back?: Notation;
}

/** The table of a format. */
export function readVectors(format: string): readonly Vector[] {
  const text = readFileSync(new URL(`./${format}.json`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { vectors: readonly Vector[] }).vectors;
}
