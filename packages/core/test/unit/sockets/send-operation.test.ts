import { describe, expect, it, jest } from '@jest/globals';
import { ConnectionError } from '../../../src/errors/error-classes.js';
import type { Phase } from '../../../src/sockets/outgoing.js';
import { SendOperation } from '../../../src/sockets/send-operation.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

function operationIn(phase: Phase, signals: readonly AbortSignal[] = []): SendOperation<undefined> {
  const operation = new SendOperation(() => "task 'resize' to a", 50, signals, undefined);
  operation.phase = phase;
  return operation;
}

describe('a message that is sent one way', () => {
  it('is done when it was handed over', async () => {
    const operation = operationIn('handed');
    expect(operation.isOver).toBe(false);
    operation.onHandedOver();
    operation.fail(new Error('late'));
    expect(operation.isOver).toBe(true);
    await expect(operation.promise).resolves.toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is done when a policy that drops has dropped it: whoever chose that does not mind', async () => {
    const operation = operationIn('new');
    operation.drop();
    expect(operation.isOver).toBe(true);
    await expect(operation.promise).resolves.toBeUndefined();
  });

  it.each([new ConnectionError('CLOSED', 'closed'), new TypeError('a middleware failed')])(
    'fails with what it is told, once: %p',
    async (error) => {
      const operation = operationIn('new');
      operation.fail(error);
      operation.fail(new Error('late'));
      operation.onHandedOver();
      await expect(operation.promise).rejects.toBe(error);
    },
  );

  it.each<[Phase, boolean]>([
    ['new', false],
    ['handing', true],
    ['handed', true],
    ['over', false],
  ])('in the phase %s has left: %p', (phase, hasLeft) => {
    const operation = operationIn(phase);
    expect(operation.hasLeft).toBe(hasLeft);
    operation.phase = 'new';
    operation.drop();
  });

  it.each<[Phase, string, string]>([
    ['new', 'not-sent', "task 'resize' to a was not sent within 50 ms: a middleware or the serializer still had it"],
    ['queued', 'not-sent', "task 'resize' to a was not sent within 50 ms: no peer was there to take it"],
    ['handing', 'unknown', "task 'resize' to a was not taken by the transport within 50 ms"],
  ])('in the phase %s is %s when its time is up', async (phase, outcome, message) => {
    const operation = operationIn(phase);
    jest.advanceTimersByTime(55);
    await expect(operation.promise).rejects.toMatchObject({ code: 'TIMEOUT', outcome, message });
  });

  it.each<[Phase, string, string]>([
    ['new', 'not-sent', "task 'resize' to a was aborted before it was sent"],
    ['handing', 'unknown', "task 'resize' to a was aborted after it was sent"],
  ])('in the phase %s is %s when it is aborted', async (phase, outcome, message) => {
    const controller = new AbortController();
    const operation = operationIn(phase, [new AbortController().signal, controller.signal]);
    controller.abort('enough');
    await expect(operation.promise).rejects.toMatchObject({ code: 'ABORTED', outcome, message, cause: 'enough' });
  });
});
