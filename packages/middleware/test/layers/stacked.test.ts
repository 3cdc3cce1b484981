import { describe, expect, it } from '@jest/globals';
import { Client, createError, stack } from '@liberzmq/core';
import { breaker } from '../../src/layers/breaker.js';
import { coalesce } from '../../src/layers/coalesce.js';
import { concurrency } from '../../src/layers/concurrency.js';
import { fallback } from '../../src/layers/fallback.js';
import { timeout } from '../../src/layers/timeout.js';
import { FakeRequester, ScriptedRequester } from './fake-inner.js';
import { LATE_MS, pass, turn, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

describe('in the recommended order', () => {
  useFakeClock();

  it('a fallback makes good what the breaker refuses, and the breaker sees the time-outs', async () => {
    const inner = new FakeRequester();
    const codes: unknown[] = [];
    const noted = (error: unknown): string => {
      codes.push((error as { code: string }).code);
      return 'old';
    };
    const requester = stack(
      [fallback(noted), breaker({ consecutive: 2 }), timeout(50), concurrency({ maxConcurrent: 5 })],
      inner,
    );
    for (let n = 0; n < 3; n += 1) {
      const request = requester.sendRequest('price');
      await pass(50 + LATE_MS);
      expect(await request).toBe('old');
    }
    expect(codes).toEqual(['TIMEOUT', 'TIMEOUT', 'BREAKER_OPEN']);
    expect(inner.calls).toHaveLength(2);
  });

  it('the limit holds for the wait for a turn as well, and what waited in vain has not left', async () => {
    const inner = new FakeRequester();
    const requester = stack([timeout(50), concurrency({ maxConcurrent: 1 })], inner);
    const [first, second] = [1, 2].map((n) => requester.sendRequest('add', n).catch((error: unknown) => error));
    await pass(50 + LATE_MS);
    expect(await first).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown', retryable: false });
    expect(await second).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent', retryable: true });
  });

  it('a full queue is no reason for the breaker to open', async () => {
    const inner = new FakeRequester();
    const requester = stack([breaker({ consecutive: 1 }), concurrency({ maxConcurrent: 1, maxQueue: 0 })], inner);
    const first = requester.sendRequest('add', 1);
    await expect(requester.sendRequest('add', 2)).rejects.toMatchObject({ code: 'OVERLOADED' });
    inner.last.resolve('done');
    await expect(first).resolves.toBe('done');
    const third = requester.sendRequest('add', 3);
    inner.last.resolve('open for all');
    await expect(third).resolves.toBe('open for all');
  });

  it('what is shared is one failure for the breaker, and each caller has the fallback', async () => {
    const inner = new ScriptedRequester();
    inner.script = [createError('UNREACHABLE', 'gone'), 'fresh'];
    const requester = stack([fallback('old'), coalesce({ actions: ['price'] }), breaker({ consecutive: 2 })], inner);
    const old = await Promise.all([1, 2, 3].map(() => requester.sendRequest('price')));
    expect(old).toEqual(['old', 'old', 'old']);
    await turn();
    await expect(requester.sendRequest('price')).resolves.toBe('fresh');
  });
});

it('around a client whose server is not there: the time-out tells that nothing has left', async () => {
  const requester = stack(
    [coalesce({ actions: ['add'] }), breaker(), timeout(40), concurrency({ maxConcurrent: 5 })],
    new Client({ address: 'ipc:///tmp/liberzmq-nobody-is-here' }),
  );
  await expect(requester.sendRequest('add', 1)).rejects.toMatchObject({
    code: 'TIMEOUT',
    outcome: 'not-sent',
    retryable: true,
  });
  await requester.close();
});
