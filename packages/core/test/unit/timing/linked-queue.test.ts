import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LinkedQueue, type QueueLinks } from '../../../src/timing/linked-queue.js';

class Item implements QueueLinks<Item> {
  queueNext: Item | undefined;
  queuePrevious: Item | undefined;
}

const step = fc.oneof(
  fc.constantFrom('append' as const, 'prepend' as const, 'shift' as const),
  fc.nat().map((which) => ({ remove: which })),
  fc.nat().map((which) => ({ moveToFront: which })),
);

describe('LinkedQueue', () => {
  it('is empty at first', () => {
    expect(new LinkedQueue<Item>().first).toBeUndefined();
  });

  it('holds the same as an array, in the same order both ways', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const queue = new LinkedQueue<Item>();
        const model: Item[] = [];
        const at = (which: number): Item | undefined => model[which % Math.max(1, model.length)];
        const take = (item: Item | undefined): void => {
          if (item === undefined) return;
          queue.remove(item);
          model.splice(model.indexOf(item), 1);
          expect(item).toMatchObject({ queueNext: undefined, queuePrevious: undefined });
        };
        for (const each of steps) {
          if (each === 'append') model.push(added((item) => queue.append(item)));
          else if (each === 'prepend') model.unshift(added((item) => queue.prepend(item)));
          else if (each === 'shift') take(queue.first);
          else if ('remove' in each) take(at(each.remove));
          else {
            const item = at(each.moveToFront);
            if (item === undefined) continue;
            take(item);
            queue.prepend(item);
            model.unshift(item);
          }
          expectSame(queue, model);
        }
      }),
    );
  });
});

function added(add: (item: Item) => void): Item {
  const item = new Item();
  add(item);
  return item;
}

function expectSame(queue: LinkedQueue<Item>, model: readonly Item[]): void {
  const forward: Item[] = [];
  for (let item = queue.first; item !== undefined; item = item.queueNext) forward.push(item);
  const backward: Item[] = [];
  for (let item = forward.at(-1); item !== undefined; item = item.queuePrevious) backward.unshift(item);
  expect(forward.length).toBe(model.length);
  expect(forward.every((item, index) => item === model[index])).toBe(true);
  expect(backward.every((item, index) => item === model[index])).toBe(true);
  expect(backward.length).toBe(model.length);
}
