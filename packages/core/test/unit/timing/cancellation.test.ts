import { describe, expect, it } from '@jest/globals';
import { Cancellation } from '../../../src/timing/cancellation.js';

describe('Cancellation', () => {
  it('makes its signal when it is asked for, once', () => {
    const cancellation = new Cancellation();
    const { signal } = cancellation;
    expect(signal.aborted).toBe(false);
    expect(cancellation.signal).toBe(signal);
  });

  it.each(['before', 'after'])('aborts a signal that was asked for %s the abort, with the first reason', (when) => {
    const cancellation = new Cancellation();
    const reason = new Error('enough');
    const early = when === 'before' ? cancellation.signal : undefined;
    cancellation.abort(reason);
    cancellation.abort(new Error('again'));
    const { signal } = cancellation;
    expect(cancellation.aborted).toBe(true);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(reason);
    expect(early ?? signal).toBe(signal);
  });
});
