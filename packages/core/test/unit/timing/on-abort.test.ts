import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { onAbort } from '../../../src/timing/on-abort.js';
import { realProcess } from '../real-process.js';

describe('onAbort', () => {
  it('tells the listener once of the abort', () => {
    const controller = new AbortController();
    const handleEvent = jest.fn();
    onAbort(controller.signal, { handleEvent });
    expect(handleEvent).not.toHaveBeenCalled();
    controller.abort();
    controller.abort();
    expect(handleEvent).toHaveBeenCalledTimes(1);
    expect(handleEvent).toHaveBeenCalledWith(expect.objectContaining({ target: controller.signal }));
  });

  it('lets any number listen to one signal, without the warning of a leak', async () => {
    const warnings: string[] = [];
    const warned = ({ name }: Error): void => void warnings.push(name);
    realProcess.on('warning', warned);
    const { signal } = new AbortController();
    for (let n = 0; n < 50; n += 1) onAbort(signal, { handleEvent: () => undefined });
    expect(getEventListeners(signal, 'abort')).toHaveLength(50);
    // Warnings are emitted in the next tick.
    await new Promise((resolve) => setImmediate(resolve));
    realProcess.off('warning', warned);
    expect(warnings).not.toContain('MaxListenersExceededWarning');
  });

  it('takes a listener away as any', () => {
    const controller = new AbortController();
    const listener = { handleEvent: jest.fn() };
    onAbort(controller.signal, listener);
    controller.signal.removeEventListener('abort', listener);
    controller.abort();
    expect(listener.handleEvent).not.toHaveBeenCalled();
  });

  it('takes the signal of another realm', () => {
    const addEventListener = jest.fn();
    const listener = { handleEvent: () => undefined };
    onAbort({ aborted: false, addEventListener } as unknown as AbortSignal, listener);
    expect(addEventListener).toHaveBeenCalledWith('abort', listener);
  });
});
