import { describe, expect, it, jest } from '@jest/globals';
import { LinkedQueue, type QueueLinks } from '../../../src/timing/linked-queue.js';

class Item implements QueueLinks<Item> {
  queueNext: Item | undefined;
  queuePrevious: Item | undefined;
}

describe('the size of a LinkedQueue', () => {
  it('is how many items are in it', () => {
    const queue = new LinkedQueue<Item>();
    const [a, b, c] = [new Item(), new Item(), new Item()];
    const sizes = [queue.size];
    for (const step of [
      () => queue.append(a),
      () => queue.prepend(b),
      () => queue.append(c),
      () => queue.remove(a),
      () => queue.remove(c),
      () => queue.remove(b),
      () => queue.append(b),
    ]) {
      step();
      sizes.push(queue.size);
    }
    expect(sizes).toEqual([0, 1, 2, 3, 2, 1, 0, 1]);
  });
});

describe('onEmpty of a LinkedQueue', () => {
  it('is called when the last item has been taken out, each time, and not before', () => {
    const queue = new LinkedQueue<Item>();
    const onEmpty = jest.fn(() => queue.size);
    queue.onEmpty = onEmpty;
    const [a, b] = [new Item(), new Item()];
    queue.append(a);
    queue.append(b);
    queue.remove(a);
    expect(onEmpty).not.toHaveBeenCalled();
    queue.remove(b);
    expect(onEmpty).toHaveBeenCalledTimes(1);
    queue.prepend(a);
    queue.remove(a);
    expect(onEmpty).toHaveBeenCalledTimes(2);
    expect(onEmpty).toHaveLastReturnedWith(0);
  });

  it('may put something in again', () => {
    const queue = new LinkedQueue<Item>();
    const [a, b] = [new Item(), new Item()];
    queue.onEmpty = () => queue.append(b);
    queue.append(a);
    queue.remove(a);
    expect([queue.size, queue.first]).toEqual([1, b]);
  });
});
