import { describe, expect, test } from '@jest/globals';
import { Service, stack } from '@liberzmq/core';
import { describeRequesterLaws } from '@liberzmq-tooling/testkit';
import { newPackage, type NewPackageOptions } from '../src/index.js';

describeRequesterLaws('newPackage()', (handlers) => ({
  requester: newPackage()(new Service({ handlers })),
  foreignErrors: 'unchanged',
  close: () => Promise.resolve(),
}));

describe('newPackage()', () => {
  test('tells the action of each request before it is passed on', async () => {
    const seen: string[] = [];
    const handlers = {
      double: (data: unknown) => {
        seen.push('handled');
        return 2 * (data as number);
      },
    };
    const requester = stack([newPackage({ onRequest: (action) => seen.push(action) })], new Service({ handlers }));
    await expect(requester.sendRequest('double', 4)).resolves.toBe(8);
    await expect(requester.sendRequest('double', 5)).resolves.toBe(10);
    expect(seen).toEqual(['double', 'handled', 'double', 'handled']);
    await requester.close();
  });

  test('sends nothing if it is told not to by an error', async () => {
    const error = new Error('not now');
    const handled: unknown[] = [];
    const handlers = { note: (data: unknown) => handled.push(data) };
    const onRequest = (): never => {
      throw error;
    };
    const requester = stack([newPackage({ onRequest })], new Service({ handlers }));
    await expect(requester.sendRequest('note', 1)).rejects.toBe(error);
    expect(handled).toEqual([]);
    await requester.close();
  });

  test.each([
    ['options that are null', null, 'newPackage: options must be an object, not null'],
    ['options that are a list', [1], 'newPackage: options must be an object, not an array'],
    ['an unknown option', { onAnswer: 1 }, "newPackage: unknown option 'onAnswer'; known are onRequest"],
    [
      'an onRequest that is no function',
      { onRequest: 'x' },
      "newPackage: option 'onRequest' must be a function, not 'x'",
    ],
  ])('refuses %s', (_what, options, message) => {
    expect(() => newPackage(options as unknown as NewPackageOptions)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', code: 'BAD_OPTION', message }),
    );
  });
});
