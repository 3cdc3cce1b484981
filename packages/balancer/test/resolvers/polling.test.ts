import { describe, expect, it, jest } from '@jest/globals';
import { Polling } from '../../src/resolvers/polling.js';
import { pass, turn, useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';
import { Recorder } from './recorder.js';

type Script = () => Promise<readonly string[] | undefined>;

/** Asks as it is told to, and remembers when. */
function poll(script: Script, intervalMs = 10_000) {
  const recorder = new Recorder();
  const times: number[] = [];
  const from = performance.now();
  const ask = async (report: (error: unknown) => void) => {
    times.push(Math.round(performance.now() - from));
    try {
      return (await script())?.map((address) => ({ address }));
    } catch (error) {
      if (error instanceof RangeError) throw error;
      report(error);
      return undefined;
    }
  };
  return { recorder, times, polling: new Polling({ ask }, intervalMs, recorder) };
}

describe('polling', () => {
  useFakeClock({ chance: 0 });

  it('asks at once, then every interval, a tenth shorter or longer by chance', async () => {
    const { times, polling } = poll(async () => ['a']);
    await pass(9_000);
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    await pass(9_000);
    jest.spyOn(Math, 'random').mockReturnValue(0.999_999);
    await pass(10_000);
    await pass(11_000);
    expect(times).toEqual([0, 9_000, 18_000, 28_000, 38_999]);
    await polling.close();
  });

  it('tells a list only when it is another one, whatever the order', async () => {
    const lists = [['b', 'a'], ['a', 'b'], ['a'], ['a'], ['a', 'c']];
    const { recorder, polling } = poll(async () => lists.shift(), 1_000);
    await pass(10_000);
    expect(recorder.lists.map((list) => list.map(({ address }) => address))).toEqual([['a', 'b'], ['a'], ['a', 'c']]);
    await polling.close();
  });

  it.each([
    ['reports', new Error('no answer')],
    ['throws', new RangeError('no answer')],
  ])(
    'a question that %s an error keeps the list, and is asked again soon, then less and less often',
    async (_, error) => {
      let isDown = false;
      const { recorder, times, polling } = poll(async () => {
        if (isDown) throw error;
        return ['a'];
      });
      await turn();
      isDown = true;
      await pass(9_000);
      // The halves of 1, 2, 4, 8 and 10 s, as chance has it here.
      await pass(500 + 1_000 + 2_000 + 4_000 + 5_000 + 5_000);
      expect(times.slice(1)).toEqual([9_000, 9_500, 10_500, 12_500, 16_500, 21_500, 26_500]);
      expect(recorder.errors).toEqual(new Array(7).fill(error));
      expect(recorder.addresses).toEqual(['a']);
      isDown = false;
      await pass(5_000 + 9_000);
      expect(times.slice(-2)).toEqual([31_500, 40_500]);
      isDown = true;
      await pass(9_000 + 500);
      expect(times.slice(-2)).toEqual([49_500, 50_000]);
      await polling.close();
    },
  );

  it('with an interval without end asks until there is an answer', async () => {
    let isDown = true;
    const { times, polling } = poll(async () => {
      if (isDown) throw new Error('no answer');
      return ['a'];
    }, Infinity);
    await pass(500);
    isDown = false;
    await pass(1_000_000);
    expect(times).toEqual([0, 500, 1_500]);
    expect(jest.getTimerCount()).toBe(0);
    await polling.close();
  });

  it('asks soon when the list is in doubt, and again after pauses that double up to the interval', async () => {
    const { recorder, times, polling } = poll(async () => ['a'], 30_000);
    await pass(5_000);
    polling.refresh();
    await pass(40_000);
    // At once, as chance has it here, then after 1, 2, 4, 8 and 16 s; 32 s would be more than the interval.
    expect(times).toEqual([0, 5_000, 6_000, 8_000, 12_000, 20_000, 36_000]);
    await pass(19_000 + 8_000);
    expect(times.slice(7)).toEqual([63_000]);
    expect(recorder.lists).toHaveLength(1);
    await polling.close();
  });

  it('leaves to chance when that is, so that not all who have lost a server ask together', async () => {
    const { times, polling } = poll(async () => ['a'], 30_000);
    await pass(5_000);
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    polling.refresh();
    await pass(8_000);
    expect(times).toEqual([0, 5_500, 6_750, 9_250]);
    await polling.close();
  });

  it('has doubts no more once the list is another one', async () => {
    const lists = [['a', 'b'], ['a', 'b'], ['a']];
    const { recorder, times, polling } = poll(async () => lists.shift() ?? ['a'], 30_000);
    await pass(5_000);
    polling.refresh();
    await pass(6_000 + 27_000);
    expect(times).toEqual([0, 5_000, 6_000, 33_000]);
    expect(recorder.addresses).toEqual(['a']);
    await polling.close();
  });

  it('asks one question for many losses, and no more than one in a second', async () => {
    const { times, polling } = poll(async () => ['a'], 30_000);
    await pass(5_000);
    jest.spyOn(Math, 'random').mockReturnValue(0.25);
    for (let n = 0; n < 100; n += 1) polling.refresh();
    await pass(250);
    expect(times).toEqual([0, 5_250]);
    for (let n = 0; n < 500; n += 1) {
      polling.refresh();
      await pass(10);
    }
    expect(times).toEqual([0, 5_250, 6_375, 7_500, 8_625, 9_750]);
    await polling.close();
  });

  it('asks again when it was in doubt before the answer was there', async () => {
    const answers: ((list: readonly string[]) => void)[] = [];
    const { times, polling } = poll(() => new Promise((resolve) => answers.push(resolve)), 30_000);
    await pass(100);
    polling.refresh();
    await pass(5_000);
    expect(times).toEqual([0]);
    // A new list, but one that may be older than the loss.
    answers[0]!(['a']);
    await turn();
    await pass(1_000);
    expect(times).toEqual([0, 6_100]);
    answers[1]!(['b']);
    await turn();
    await pass(27_000);
    expect(times).toEqual([0, 6_100, 33_100]);
    await polling.close();
  });

  it('does not wait for the end of a pause after failures when the list is in doubt', async () => {
    let isDown = false;
    const { times, polling } = poll(async () => {
      if (isDown) throw new Error('no answer');
      return ['a'];
    }, 30_000);
    isDown = true;
    await pass(27_000 + 500 + 1_000 + 2_000 + 4_000);
    expect(times.slice(1)).toEqual([27_000, 27_500, 28_500, 30_500, 34_500]);
    await pass(2_000);
    polling.refresh();
    await pass(0);
    expect(times.at(-1)).toBe(36_500);
    await polling.close();
  });

  it('with an interval without end asks when the list is in doubt, and then no more', async () => {
    const { times, polling } = poll(async () => ['a'], Infinity);
    await pass(1_000_000);
    polling.refresh();
    await pass(1_000_000);
    expect(times.slice(1).map((time) => time - 1_000_000)).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000]);
    expect(jest.getTimerCount()).toBe(0);
    await polling.close();
  });

  it('leaves no timer when it is closed by whoever is told of a list, and none when it is in doubt after that', async () => {
    const polling: Polling = new Polling({ ask: async () => [{ address: 'a' }] }, 1_000, {
      onMembers: () => void polling.close(),
      onError: () => undefined,
    });
    await turn();
    expect(jest.getTimerCount()).toBe(0);
    polling.refresh();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('tells nothing after close, and leaves no timer', async () => {
    let answer!: (list: readonly string[]) => void;
    const { recorder, polling } = poll(() => new Promise((resolve) => (answer = resolve)));
    await polling.close();
    answer(['a']);
    await turn();
    expect(recorder.lists).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
    const failing = poll(() => Promise.reject(new Error('cancelled')));
    await failing.polling.close();
    await turn();
    expect(failing.recorder.errors).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
