import { describe, expect, it } from '@jest/globals';
import { configureLogging, Service } from '@liberzmq/core';
import { LoadBalancedClient, type LoadBalancedClientOptions, type StrategyName } from '../../src/index.js';
import { STRATEGIES } from '../../src/strategies/strategies.js';

configureLogging({ level: 'silent' });

const addresses = ['tcp://127.0.0.1:5556'];
const service = (key: string) => ({ key, requester: new Service({ handlers: { who: () => key } }) });

describe('the options of a balancer', () => {
  it.each<[object, string]>([
    [{ addresses, ejection: null }, "option 'ejection' must be an object or false, not null"],
    [{ addresses, ejection: true }, "option 'ejection' must be an object or false, not true"],
    [{ addresses, healthCheck: null }, "option 'healthCheck' must be an object or false, not null"],
    [{ addresses, healthCheck: 5 }, "option 'healthCheck' must be an object or false, not 5"],
    [{ resolver: {} }, "option 'resolver' must be an object with a function 'watch', not an object"],
    [{ resolver: null }, "option 'resolver' must be an object with a function 'watch', not null"],
    [
      { addresses: [{ key: 'a', requester: {} }] },
      "option 'requester' must be an object with functions 'sendRequest' and 'close', not an object",
    ],
    [
      { addresses: [{ key: 'a', requester: { sendRequest: () => Promise.resolve() } }] },
      "option 'requester' must be an object with functions 'sendRequest' and 'close', not an object",
    ],
    ...[1e308, 1_000_001, Infinity, 5e-324, 0, -1, NaN, '1'].map((weight): [object, string] => [
      { addresses: [{ address: addresses[0], weight }] },
      "option 'weight' must be a number from 0.000001 to 1000000, not ",
    ]),
  ])('are refused: %j', (options, message) => {
    expect(() => new LoadBalancedClient(options as LoadBalancedClientOptions)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining(message) }),
    );
  });

  it.each(Object.keys(STRATEGIES) as StrategyName[])('may have any weight that is allowed: %s', async (strategy) => {
    const client = new LoadBalancedClient({
      addresses: [
        { ...service('light'), weight: 0.000_001 },
        { ...service('heavy'), weight: 1_000_000 },
        { ...service('half'), weight: 500_000 },
      ],
      strategy,
    });
    const keys = ['light', 'heavy', 'half'];
    for (let n = 0; n < 100; n += 1) expect(keys).toContain(await client.sendRequest('who', n, { hashKey: String(n) }));
    await client.close();
  });
});
