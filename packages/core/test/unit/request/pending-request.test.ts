import { describe, expect, it, jest } from '@jest/globals';
import { ConnectionError } from '../../../src/errors/error-classes.js';
import { PendingRequest } from '../../../src/request/pending-request.js';
import { requestBudget } from '../../../src/service/request-budget.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

function start() {
  const onOver = jest.fn();
  const controller = new AbortController();
  const budget = requestBudget('add', { timeoutMs: 50, signal: controller.signal }, 5_000);
  return { request: new PendingRequest(7, 'add', 'tcp://a:1', budget, { onOver }), onOver, controller };
}

describe('a request that waits for its answer', () => {
  it('has an answer when it comes, not when it was handed over', async () => {
    const { request, onOver } = start();
    request.phase = 'handed';
    request.onHandedOver();
    expect(request.isOver).toBe(false);
    request.succeed('first');
    request.succeed('second');
    request.fail(new Error('late'));
    await expect(request.promise).resolves.toBe('first');
    expect(onOver.mock.calls).toEqual([[request, undefined]]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('fails once', async () => {
    const { request, onOver } = start();
    const error = new ConnectionError('CONNECTION_LOST', 'lost');
    request.fail(error);
    request.fail(new Error('late'));
    request.succeed('late');
    await expect(request.promise).rejects.toBe(error);
    expect(onOver.mock.calls).toEqual([[request, error]]);
  });

  it('fails when its outbox drops it: its caller waits for an answer', async () => {
    const { request, onOver } = start();
    request.drop(new ConnectionError('BACKPRESSURE', 'full'));
    await expect(request.promise).rejects.toMatchObject({ code: 'BACKPRESSURE' });
    expect(onOver).toHaveBeenCalledTimes(1);
  });

  it('names action and peer when its time is up', async () => {
    const { request, onOver } = start();
    request.phase = 'handed';
    jest.advanceTimersByTime(55);
    await expect(request.promise).rejects.toMatchObject({
      code: 'TIMEOUT',
      outcome: 'unknown',
      message: "request 'add' to tcp://a:1 got no answer within 50 ms",
    });
    expect(onOver).toHaveBeenCalledTimes(1);
  });

  it('ends with its signal', async () => {
    const { request, onOver, controller } = start();
    controller.abort();
    await expect(request.promise).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    expect(onOver).toHaveBeenCalledTimes(1);
  });
});
