import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { offAbort, onAbort } from '../../../src/timing/on-abort.js';
import { realProcess } from '../real-process.js';

describe('onAbort', () => {
  it('tells the listener once of the abort', () => {
    const controller = new AbortController();
    const onAborted = jest.fn();
    onAbort(controller.signal, { onAborted });
    expect(onAborted).not.toHaveBeenCalled();
    controller.abort();
    controller.abort();
    expect(onAborted).toHaveBeenCalledTimes(1);
    expect(onAborted).toHaveBeenCalledWith(controller.signal.reason);
  });

  it('lets any number listen to one signal, without the warning of a leak', async () => {
    const warnings: string[] = [];
    const warned = ({ name }: Error): void => void warnings.push(name);
    realProcess.on('warning', warned);
    const { signal } = new AbortController();
    for (let n = 0; n < 50; n += 1) onAbort(signal, { onAborted: () => undefined });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    // Warnings are emitted in the next tick.
    await new Promise((resolve) => setImmediate(resolve));
    realProcess.off('warning', warned);
    expect(warnings).not.toContain('MaxListenersExceededWarning');
  });

  it('tells each of many, once, and leaves nothing on the signal', () => {
    const controller = new AbortController();
    const listeners = Array.from({ length: 5 }, () => ({ onAborted: jest.fn() }));
    for (const listener of listeners) onAbort(controller.signal, listener);
    controller.abort();
    for (const { onAborted } of listeners) expect(onAborted).toHaveBeenCalledTimes(1);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('lets go of a listener, and with the last one of the signal', () => {
    const controller = new AbortController();
    const [gone, stays] = [{ onAborted: jest.fn() }, { onAborted: jest.fn() }];
    onAbort(controller.signal, gone);
    onAbort(controller.signal, stays);
    offAbort(controller.signal, gone);
    offAbort(controller.signal, gone);
    controller.abort();
    expect([gone.onAborted.mock.calls.length, stays.onAborted.mock.calls.length]).toEqual([0, 1]);

    const other = new AbortController();
    onAbort(other.signal, gone);
    offAbort(other.signal, gone);
    expect(getEventListeners(other.signal, 'abort')).toEqual([]);
  });

  it('costs no more for each of many than for one', () => {
    const { signal } = new AbortController();
    const listeners = Array.from({ length: 100_000 }, () => ({ onAborted: () => undefined }));
    const from = performance.now();
    for (const listener of listeners) onAbort(signal, listener);
    for (const listener of listeners) offAbort(signal, listener);
    expect(performance.now() - from).toBeLessThan(2_000);
  });

  it('takes the signal of another realm', () => {
    const addEventListener = jest.fn();
    onAbort({ aborted: false, addEventListener } as unknown as AbortSignal, { onAborted: () => undefined });
    expect(addEventListener).toHaveBeenCalledWith('abort', expect.any(Function));
  });
});
