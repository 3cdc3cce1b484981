import { expect, it } from '@jest/globals';
import { fixed } from '../../src/index.js';
import { Recorder } from './recorder.js';

it('tells at once, to each who watches', async () => {
  const resolver = fixed(['tcp://127.0.0.1:1', { address: 'tcp://127.0.0.1:2', weight: 2 }]);
  for (const recorder of [new Recorder(), new Recorder()]) {
    const watch = resolver.watch(recorder);
    expect(recorder.lists).toEqual([
      [
        { key: 'tcp://127.0.0.1:1', address: 'tcp://127.0.0.1:1' },
        { key: 'tcp://127.0.0.1:2', address: 'tcp://127.0.0.1:2', weight: 2 },
      ],
    ]);
    await watch.close();
  }
});

it.each([
  [[], 'must name one server at least'],
  ['tcp://127.0.0.1:1', 'must be an array'],
  [['tcp://a:1', 'tcp://a:1'], "has 'tcp://a:1' twice"],
  [[{ address: 'tcp://a:1', weight: 0 }], 'weight'],
])('refuses %j', (addresses, message) => {
  expect(() => fixed(addresses as string[])).toThrow(message);
});
