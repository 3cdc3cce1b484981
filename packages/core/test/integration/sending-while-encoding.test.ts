import { describe, expect, it } from '@jest/globals';
import { Publisher, Puller, Pusher, Subscriber } from '@liberzmq/core';
import { addressOf, ANY_PORT, closeAfterEach, until, upTo } from './endpoints.js';

const keep = closeAfterEach();

/** A value that does something while it is encoded. */
function doing(text: string, what: () => void): unknown {
  return {
    toJSON() {
      what();
      return text;
    },
  };
}

describe('a value that sends something while it is encoded', () => {
  async function pushing(): Promise<{ source: Pusher; pull: (count: number) => Promise<unknown[]> }> {
    const source = keep(await new Pusher({ address: ANY_PORT, batch: true }).connect());
    const puller = keep(new Puller({ address: addressOf(source) }));
    const pull = async (count: number): Promise<unknown[]> => {
      const seen = [];
      while (seen.length < count) seen.push((await puller.pullTask({ timeoutMs: 5_000 })).data);
      return seen;
    };
    return { source, pull };
  }

  it.each([1, 3, 600])('loses nothing of a batch: %i tasks', async (count) => {
    const { source, pull } = await pushing();
    const nested = doing('outer', () => {
      for (const n of upTo(count)) void source.pushTask('t', `nested ${String(n)}`);
    });
    for (const data of ['one', 'two', nested, 'three', nested, 'four']) void source.pushTask('t', data);
    const wanted = ['one', 'two', 'outer', 'three', 'outer', 'four', ...upTo(count), ...upTo(count)];
    const seen = (await pull(wanted.length)).map((data) => (data as string).replace('nested ', ''));
    expect(seen.sort()).toEqual(wanted.map(String).sort());
  });

  it('numbers publications rightly, on this topic and on others', async () => {
    const source = keep(await new Publisher({ address: ANY_PORT }).connect());
    const subscriber = keep(new Subscriber({ address: addressOf(source) }));
    const seen: string[] = [];
    const gaps: unknown[] = [];
    subscriber.on('gap', (gap) => gaps.push(gap));
    for (const topic of ['a', 'b'])
      subscriber.subscribe(topic, (name, data) => void seen.push(`${name} ${String(data)}`));
    await subscriber.startListening();
    await source.waitForSubscribers({ topic: 'a' });
    await source.waitForSubscribers({ topic: 'b' });
    const other = doing('outer', () => void source.publish('b', 'nested'));
    const same = doing('outer', () => void source.publish('a', 'nested'));
    for (const data of [1, 2, other, 3, same, 4, other, 5]) void source.publish('a', data);
    void source.publish('b', 6);
    await until(() => seen.includes('b 6') && seen.includes('a 5'), 'the last ones have come');
    expect([...seen].sort()).toEqual([
      'a 1',
      'a 2',
      'a 3',
      'a 4',
      'a 5',
      'a nested',
      'a outer',
      'a outer',
      'a outer',
      'b 6',
      'b nested',
      'b nested',
    ]);
    expect(gaps).toEqual([]);
  });

  it('is encoded once, also where it is too large to travel with those before it', async () => {
    const { source, pull } = await pushing();
    let encoded = 0;
    const large = doing('x'.repeat(50_000), () => void (encoded += 1));
    for (const n of upTo(10)) {
      void source.pushTask('t', n);
      void source.pushTask('t', large);
    }
    expect(await pull(20)).toHaveLength(20);
    expect(encoded).toBe(10);
  });
});
