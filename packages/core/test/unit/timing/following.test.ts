import { describe, expect, it, jest } from '@jest/globals';
import { Cancellation } from '../../../src/timing/cancellation.js';
import { offAbort, onAbort } from '../../../src/timing/on-abort.js';

const listener = () => ({ onAborted: jest.fn() });

describe('Cancellation.follow', () => {
  it('tells each listener once, with the first reason', () => {
    const cancellation = new Cancellation();
    const [a, b] = [listener(), listener()];
    cancellation.follow(a);
    cancellation.follow(b);
    cancellation.follow(a);
    const reason = new Error('enough');
    cancellation.abort(reason);
    cancellation.abort(new Error('again'));
    expect(a.onAborted.mock.calls).toEqual([[reason]]);
    expect(b.onAborted.mock.calls).toEqual([[reason]]);
  });

  it('does not tell one that follows no longer', () => {
    const cancellation = new Cancellation();
    const [a, b] = [listener(), listener()];
    cancellation.unfollow(a);
    cancellation.follow(a);
    cancellation.follow(b);
    cancellation.unfollow(a);
    cancellation.abort('reason');
    expect(a.onAborted).not.toHaveBeenCalled();
    expect(b.onAborted).toHaveBeenCalledTimes(1);
  });

  it('tells nobody who comes after the abort', () => {
    const cancellation = new Cancellation();
    cancellation.abort('reason');
    const late = listener();
    cancellation.follow(late);
    cancellation.abort('again');
    expect(late.onAborted).not.toHaveBeenCalled();
  });

  it('has aborted when it tells them', () => {
    const cancellation = new Cancellation();
    const seen: unknown[] = [];
    const { signal } = cancellation;
    cancellation.follow({
      onAborted: () => seen.push(cancellation.aborted, signal.aborted, cancellation.reason),
    });
    cancellation.abort('reason');
    expect(seen).toEqual([true, true, 'reason']);
  });

  it('lets a listener go while it tells them', () => {
    const cancellation = new Cancellation();
    const second = listener();
    cancellation.follow({ onAborted: () => cancellation.unfollow(second) });
    cancellation.follow(second);
    expect(() => cancellation.abort('reason')).not.toThrow();
  });

  it.each([
    ['a Cancellation', () => new Cancellation()],
    ['a signal', () => new AbortController()],
  ])('is what onAbort makes of %s', (_what, make) => {
    const source = make();
    const followed = source instanceof Cancellation ? source : source.signal;
    const [a, b] = [listener(), listener()];
    onAbort(followed, a);
    onAbort(followed, b);
    offAbort(followed, b);
    source.abort('reason');
    expect(a.onAborted.mock.calls).toEqual([['reason']]);
    expect(b.onAborted).not.toHaveBeenCalled();
  });
});
