import { describe, expect, it } from '@jest/globals';
import { stack, type Layer } from '../../../src/contract/layer.js';
import type { Requester } from '../../../src/contract/requester.js';
import { Service } from '../../../src/service/service.js';

/** A layer that writes its name when a request goes in and when it comes out. */
function named(name: string, seen: string[]): Layer {
  return (inner): Requester => ({
    sendRequest: async (action, data, options) => {
      seen.push(`${name} in`);
      try {
        return await inner.sendRequest(action, data, options);
      } finally {
        seen.push(`${name} out`);
      }
    },
    close: (options) => inner.close(options),
  });
}

describe('stack', () => {
  it('puts the first layer outermost', async () => {
    const seen: string[] = [];
    const leaf = new Service({ handlers: { ask: () => seen.push('leaf') } });
    await stack([named('a', seen), named('b', seen), named('c', seen)], leaf).sendRequest('ask');
    expect(seen).toEqual(['a in', 'b in', 'c in', 'leaf', 'c out', 'b out', 'a out']);
  });

  it('is the leaf itself without layers', () => {
    const leaf = new Service();
    expect(stack([], leaf)).toBe(leaf);
  });

  it('builds from the inside out, each layer once', () => {
    const built: string[] = [];
    const building =
      (name: string): Layer =>
      (inner) => {
        built.push(name);
        return inner;
      };
    stack([building('outer'), building('inner')], new Service());
    expect(built).toEqual(['inner', 'outer']);
  });

  it('closes the inside with the outside', async () => {
    const leaf = new Service({ handlers: { ask: () => 1 } });
    await stack([named('a', [])], leaf).close();
    await expect(leaf.sendRequest('ask')).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
