/** `late`: its making takes longer than it may, and has not settled. */
export type SlotState = 'creating' | 'late' | 'idle' | 'validating' | 'leased' | 'destroying';

/** A place in a pool, and the resource in it. */
export class Slot<T> {
  state: SlotState = 'creating';
  /** There once it was made. */
  value: T | undefined = undefined;
  /** Aborts its making. */
  cancel: AbortController | undefined = undefined;
  /** The lease that has it. */
  lease: { readonly value: T } | undefined = undefined;
  /** When it was made; all times are on the clock of `performance.now()`. */
  madeAt: number | undefined = undefined;
  /** When it was lent. */
  leasedAt = 0;
  /** When it was last put back. */
  idleSince = 0;
  /** When it was last known to work. */
  provenAt = 0;
  /** When it is too old. */
  expiresAt = Infinity;
  /** What it said of itself, if it said that it is broken. */
  broken: { readonly reason: unknown } | undefined = undefined;
  /** Whoever had it cannot tell whether it still works. */
  isDoubted = false;
  /** Why it is to be destroyed when it comes back. */
  due: 'lifetime' | 'evicted' | undefined = undefined;
}
