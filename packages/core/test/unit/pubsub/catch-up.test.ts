import { describe, expect, it, jest } from '@jest/globals';
import { CatchUp } from '../../../src/pubsub/catch-up.js';
import { defer } from '../deferred.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

const CATCH_UP_MS = 2_000;

/** What is delivered, in order; `say` delivers at once or holds back. */
function start(isReading: () => boolean = () => true) {
  const catchUp = new CatchUp(isReading);
  const seen: string[] = [];
  const say = (publisher: string | undefined, text: string, done?: Promise<void>): void => {
    const deliver = (): void | Promise<void> => {
      seen.push(text);
      return done;
    };
    if (!catchUp.holds(publisher, deliver)) void deliver();
  };
  return { catchUp, seen, say };
}

describe('what comes from a publisher', () => {
  it('is not held unless that was begun', () => {
    const { catchUp, seen, say } = start();
    say('p', 'one');
    catchUp.begin(['q'], 1);
    say('p', 'two');
    say(undefined, 'three');
    expect(seen).toEqual(['one', 'two', 'three']);
    catchUp.endAll();
  });

  it('is held until it has answered, in order, and no longer', async () => {
    const { catchUp, seen, say } = start();
    catchUp.begin(['p', 'q'], 1);
    for (const text of ['p1', 'p2']) say('p', text);
    say('q', 'q1');
    expect(seen).toEqual([]);
    await catchUp.end('p', 1);
    expect(seen).toEqual(['p1', 'p2']);
    say('p', 'p3');
    await catchUp.end('q', 1);
    expect(seen).toEqual(['p1', 'p2', 'p3', 'q1']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is delivered one by one, and what comes meanwhile behind it', async () => {
    const { catchUp, seen, say } = start();
    const first = defer();
    catchUp.begin(['p'], 1);
    say('p', 'one', first.promise);
    say('p', 'two');
    const ended = catchUp.end('p', 1);
    say('p', 'three');
    void catchUp.end('p', 1);
    expect(seen).toEqual(['one']);
    first.resolve();
    await ended;
    expect(seen).toEqual(['one', 'two', 'three']);
    say('p', 'four');
    expect(seen).toHaveLength(4);
  });

  it('is held on where it is to be waited for once more', async () => {
    const { catchUp, seen, say } = start();
    const first = defer();
    catchUp.begin(['p'], 1);
    say('p', 'one', first.promise);
    say('p', 'two');
    const ended = catchUp.end('p', 1);
    catchUp.begin(['p'], 1);
    first.resolve();
    await ended;
    say('p', 'three');
    expect(seen).toEqual(['one']);
    await catchUp.end('p', 1);
    expect(seen).toEqual(['one', 'two', 'three']);
  });

  it('is held for so long at most', () => {
    const { catchUp, seen, say } = start();
    catchUp.begin(['p', 'q'], 1);
    say('p', 'p1');
    jest.advanceTimersByTime(CATCH_UP_MS - 1);
    say('q', 'q1');
    expect(seen).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(seen).toEqual(['p1', 'q1']);
    say('p', 'p2');
    expect(seen).toEqual(['p1', 'q1', 'p2']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is held on as long as what was missed goes on coming, by publisher', () => {
    const { catchUp, seen, say } = start();
    catchUp.begin(['p', 'q'], 1);
    say('p', 'p1');
    say('q', 'q1');
    for (let times = 0; times < 5; times += 1) {
      jest.advanceTimersByTime(CATCH_UP_MS - 1);
      catchUp.goesOn('p');
    }
    expect(seen).toEqual(['q1']);
    jest.advanceTimersByTime(CATCH_UP_MS);
    expect(seen).toEqual(['q1', 'p1']);
    catchUp.goesOn('p');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is held until the announcement is answered that it was begun with, not an earlier one', async () => {
    const { catchUp, seen, say } = start();
    catchUp.begin(['p'], 5);
    say('p', 'one');
    await catchUp.end('p', 4);
    expect(seen).toEqual([]);
    await catchUp.end('p', 6);
    expect(seen).toEqual(['one']);
  });

  it('is held on while nothing is read: the answer may be there', () => {
    let isReading = false;
    const { catchUp, seen, say } = start(() => isReading);
    catchUp.begin(['p'], 1);
    say('p', 'one');
    jest.advanceTimersByTime(3 * CATCH_UP_MS);
    expect(seen).toEqual([]);
    isReading = true;
    jest.advanceTimersByTime(CATCH_UP_MS);
    expect(seen).toEqual(['one']);
  });
});

it('begins nothing where there is nobody to wait for', () => {
  const { catchUp } = start();
  catchUp.begin([], 1);
  expect(jest.getTimerCount()).toBe(0);
});

it('an answer that nobody waits for changes nothing', async () => {
  const { catchUp, seen, say } = start();
  await catchUp.end('p', 1);
  catchUp.endAll();
  say('p', 'one');
  expect(seen).toEqual(['one']);
});
