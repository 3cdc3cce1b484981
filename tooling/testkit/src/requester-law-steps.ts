import { expect } from '@jest/globals';
import { getLogger, type MessageContext } from '@liberzmq/core';

/** A time that is waited for. */
export const SHORT_MS = 40;
/** A time that no test waits for. */
export const LONG_MS = 60_000;
/** How late a time-out may come on a machine that is busy. */
const LATE_MS = 2_000;
/** Timers tell whole milliseconds, and begin to count a little earlier than the clock that they are held against. */
const EARLY_MS = 1;

export const never = (): Promise<never> => new Promise(() => undefined);
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The promise that a call returns. Fails where the call throws. */
export function callOf<T>(call: () => Promise<T>): Promise<T> {
  try {
    return call();
  } catch (error) {
    throw new Error('it threw instead of rejecting', { cause: error });
  }
}

/** It took the short time: not less, and not much more. */
export function expectShort(from: number): void {
  const took = performance.now() - from;
  expect(took).toBeGreaterThanOrEqual(SHORT_MS - EARLY_MS);
  expect(took).toBeLessThan(SHORT_MS + LATE_MS);
}

/** The context of a request that the one at hand is made for. */
export function contextWith(known: { deadline?: number; signal?: AbortSignal }): MessageContext {
  const { deadline = Infinity, signal = new AbortController().signal } = known;
  const log = getLogger('liberzmq:laws');
  return { subject: 'outer', headers: {}, peer: undefined, requestId: undefined, deadline, signal, log };
}

export function gateOf<T>(): { readonly promise: Promise<T>; readonly open: (value: T) => void } {
  let open!: (value: T) => void;
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

export async function until(condition: () => boolean, what: () => string): Promise<void> {
  const end = performance.now() + LATE_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${LATE_MS} ms in vain until ${what()}`);
    await nextTurn();
  }
}

/** What a promise settles with, if it settles about at once. */
export async function soon<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it has not settled within ${LATE_MS} ms`)), LATE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
