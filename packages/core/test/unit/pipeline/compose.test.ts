import { describe, expect, it } from '@jest/globals';
import type { Step } from '../../../src/contract/middleware.js';
import { Steps, type NamedStep } from '../../../src/pipeline/compose.js';
import type { PassingMessage } from '../../../src/pipeline/passing-message.js';
import { defer } from '../deferred.js';
import { messageOf } from './message.js';
import { useNodeEnv } from './node-env.js';

const named = (...steps: Step[]): NamedStep[] =>
  steps.map((step, index) => ({ name: `step ${index + 1}`, place: index, step }));
const passOn: Step = (_message, next) => next();

/** For tests that do not care whether it is all done at once. */
const run = async (...passage: Parameters<typeof runSteps>): Promise<boolean> => runSteps(...passage);

function runSteps(
  steps: readonly NamedStep[],
  message: PassingMessage,
  last: () => void | Promise<void>,
): boolean | Promise<boolean> {
  return new Steps(steps).run(message, { passed: last });
}

/** Lets pass on only after some turns. */
const slow: Step = async (_message, next) => {
  await new Promise((resolve) => setImmediate(resolve));
  await next();
};

describe('Steps', () => {
  it('goes through the steps in order, then to the end, then back out', async () => {
    const seen: string[] = [];
    const step =
      (name: string): Step =>
      async (_message, next) => {
        seen.push(`${name} in`);
        await next();
        seen.push(`${name} out`);
      };
    const last = async (): Promise<void> => {
      await Promise.resolve();
      seen.push('end');
    };
    await expect(run(named(step('a'), step('b')), messageOf(1), last)).resolves.toBe(true);
    expect(seen).toEqual(['a in', 'b in', 'end', 'b out', 'a out']);
  });

  it('goes straight to the end without steps', async () => {
    let ended = 0;
    const last = (): void => {
      ended += 1;
    };
    await expect(run([], messageOf(1), last)).resolves.toBe(true);
    expect(ended).toBe(1);
  });

  it('hands the same message to all, with what earlier ones have replaced', async () => {
    const message = messageOf(1);
    const seen: unknown[] = [];
    const steps = named(
      (each, next) => {
        each.body = 2;
        each.subject = 'shrink';
        return next();
      },
      (each, next) => {
        seen.push(each === message, each.body, each.subject);
        return next();
      },
    );
    await run(steps, message, () => undefined);
    expect(seen).toEqual([true, 2, 'shrink']);
  });

  it('says that the message was stopped when a step does not pass it on', async () => {
    const seen: string[] = [];
    const steps = named(
      passOn,
      () => undefined,
      () => {
        seen.push('third');
      },
    );
    await expect(run(steps, messageOf(1), () => void seen.push('end'))).resolves.toBe(false);
    expect(seen).toEqual([]);
  });

  it.each([
    [
      'throws',
      (): void => {
        throw new Error('refused');
      },
    ],
    ['rejects', () => Promise.reject(new Error('refused'))],
  ])('rejects with what a step %s', async (_how, step) => {
    let ended = false;
    const running = run(named(passOn, step, passOn), messageOf(1), () => {
      ended = true;
    });
    await expect(running).rejects.toThrow('refused');
    expect(ended).toBe(false);
  });

  it('lets a step see, and swallow, what fails behind it', async () => {
    const seen: unknown[] = [];
    const steps = named(async (_message, next) => {
      await next().catch((error: unknown) => seen.push((error as Error).message));
    });
    const last = (): Promise<void> => Promise.reject(new Error('at the end'));
    await run(steps, messageOf(1), last);
    expect(seen).toEqual(['at the end']);
    await expect(run(named(passOn), messageOf(1), last)).rejects.toThrow('at the end');
  });

  it.each([
    [
      'awaited',
      async (_message: unknown, next: () => Promise<void>) => {
        await next();
        await next();
      },
    ],
    [
      'not awaited',
      async (_message: unknown, next: () => Promise<void>) => {
        await next();
        void next();
      },
    ],
  ])('rejects when a step calls next twice, the second call %s, and runs the rest once', async (_how, step) => {
    let ended = 0;
    const running = run(named(passOn, step), messageOf(1), () => {
      ended += 1;
    });
    await expect(running).rejects.toMatchObject({
      name: 'ConfigurationError',
      code: 'BAD_OPTION',
      message: expect.stringContaining("'step 2' called next() twice"),
    });
    expect(ended).toBe(1);
  });

  it.each([
    ['awaits', async (_message: unknown, next: () => Promise<void>) => await next()],
    ['returns', (_message: unknown, next: () => Promise<void>) => next()],
    ['chains on', (_message: unknown, next: () => Promise<void>) => next().then(() => undefined)],
  ])('takes it that a step %s its next', async (_how, step: Step) => {
    await expect(run(named(step, slow, step), messageOf(1), () => undefined)).resolves.toBe(true);
  });
});

describe('steps that are done at once', () => {
  const nothing = (): void => undefined;
  const refuse: Step = () => {
    throw new Error('refused');
  };
  const twice: Step = (_message, next) => {
    const first = next();
    void next();
    return first;
  };

  it.each([
    ['none at all', [], true],
    ['that pass it on', [passOn, passOn], true],
    ['one of which stops it', [passOn, nothing, passOn], false],
  ])('tell at once whether the message came through: %s', (_which, steps: Step[], cameThrough) => {
    expect(runSteps(named(...steps), messageOf(1), nothing)).toBe(cameThrough);
  });

  it('have run before it returns, and so has the end', () => {
    const seen: string[] = [];
    const step: Step = (_message, next) => {
      seen.push('step');
      return next();
    };
    expect(runSteps(named(step, step), messageOf(1), () => void seen.push('end'))).toBe(true);
    expect(seen).toEqual(['step', 'step', 'end']);
  });

  it.each([
    ['a step', [refuse], nothing],
    ['a step behind others', [passOn, passOn, refuse], nothing],
    ['the end', [passOn, passOn], (): void => refuse(messageOf(1), () => Promise.resolve()) as undefined],
  ])('throw at once what %s throws, as it is', (_what, steps: Step[], last) => {
    expect(() => runSteps(named(...steps), messageOf(1), last)).toThrow(new Error('refused'));
  });

  it('throw even what is no error', () => {
    const odd: Step = () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- steps of users may
      throw undefined;
    };
    let thrown: unknown = 'nothing';
    try {
      void runSteps(named(passOn, odd), messageOf(1), nothing);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeUndefined();
  });

  it('still get a promise from next, also of what fails', async () => {
    const promises: Promise<void>[] = [];
    const keeping: Step = (_message, next) => {
      const promise = next();
      promises.push(promise);
      return promise;
    };
    expect(runSteps(named(keeping), messageOf(1), nothing)).toBe(true);
    expect(() => runSteps(named(keeping, refuse), messageOf(1), nothing)).toThrow('refused');
    await expect(promises[0]).resolves.toBeUndefined();
    await expect(promises[1]).rejects.toThrow('refused');
  });

  it('throw at once when one calls next twice, and run the rest once', () => {
    let ended = 0;
    const last = (): void => {
      ended += 1;
    };
    expect(() => runSteps(named(passOn, twice), messageOf(1), last)).toThrow("'step 2' called next() twice");
    expect(ended).toBe(1);
  });

  it('reject when one returns what its second next has returned', async () => {
    const second: Step = (_message, next) => {
      void next();
      return next();
    };
    await expect(runSteps(named(passOn, second), messageOf(1), nothing)).rejects.toThrow(
      "'step 2' called next() twice",
    );
  });

  it('throw at once when one does not await its next', () => {
    expect(() => runSteps(named(passOn, careless), messageOf(1), nothing)).toThrow("'step 2' returned before");
    expect(() => runSteps(named(careless, refuse), messageOf(1), nothing)).toThrow('refused');
  });

  it.each([
    ['before', [passOn, slow, passOn], nothing],
    ['behind', [slow, passOn, passOn], nothing],
    ['before an end', [passOn], () => Promise.resolve()],
  ])('wait where they stand %s what takes a while', async (_where, steps: Step[], last) => {
    const running = runSteps(named(...steps), messageOf(1), last);
    expect(running).toBeInstanceOf(Promise);
    expect(await running).toBe(true);
  });

  it('reject where they fail behind one that takes a while', async () => {
    await expect(runSteps(named(passOn, slow, refuse), messageOf(1), nothing)).rejects.toThrow('refused');
    expect(await runSteps(named(slow, nothing, passOn), messageOf(1), nothing)).toBe(false);
  });
});

/** Starts the rest and does not wait for it. */
const careless: Step = (_message, next) => {
  void next();
};

describe('a step that does not await its next', () => {
  describe.each(['development', 'test', undefined])('with NODE_ENV %p', (environment) => {
    useNodeEnv(environment);

    it.each([
      ['careless at the end', [careless]],
      ['careless before a slow one', [careless, slow]],
      ['careless in between', [passOn, careless, slow]],
    ])('is an error: %s', async (_where, steps) => {
      const name = `step ${steps.indexOf(careless) + 1}`;
      await expect(run(named(...steps), messageOf(1), () => undefined)).rejects.toMatchObject({
        code: 'BAD_OPTION',
        message: expect.stringMatching(new RegExp(`'${name}' returned before next\\(\\) had settled.*await`)),
      });
    });

    it('is an error only after the rest has ended, so that nothing runs behind the back of it', async () => {
      const end = defer();
      let settled = false;
      const running = run(named(careless), messageOf(1), () => end.promise).catch(() => {
        settled = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect(settled).toBe(false);
      end.resolve();
      await running;
      expect(settled).toBe(true);
    });
  });

  describe('in production', () => {
    useNodeEnv('production');

    it('is put up with: the message comes through, and counts as come through', async () => {
      let ended = 0;
      const last = (): void => {
        ended += 1;
      };
      await expect(run(named(careless), messageOf(1), last)).resolves.toBe(true);
      await expect(run(named(careless, slow), messageOf(1), last)).resolves.toBe(true);
      expect(ended).toBe(2);
    });

    it('is put up with at once, if the rest is done at once', () => {
      expect(runSteps(named(careless, passOn), messageOf(1), () => undefined)).toBe(true);
    });

    it('still may call next only once', async () => {
      const twice: Step = async (_message, next) => {
        await next();
        await next();
      };
      await expect(run(named(twice), messageOf(1), () => undefined)).rejects.toThrow('twice');
    });
  });
});

describe('many messages through the same steps', () => {
  it('each have their own way, whatever the others do, nested in one another too', async () => {
    const arrived: unknown[] = [];
    const steps: Steps = new Steps(
      named((message, next) => {
        if (message.body === 'outer') void run2('inner');
        if (message.body === 'dropped') return undefined;
        if (message.body === 'bad') throw new Error('bad');
        return message.body === 'slow' ? slow(message, next) : next();
      }, passOn),
    );
    async function run2(body: unknown): Promise<boolean> {
      return steps.run(messageOf(body), { passed: (message) => void arrived.push(message.body) });
    }
    expect(await run2('first')).toBe(true);
    expect(await run2('outer')).toBe(true);
    expect(await run2('dropped')).toBe(false);
    await expect(run2('bad')).rejects.toThrow('bad');
    const late = run2('slow');
    expect(await run2('second')).toBe(true);
    expect(await late).toBe(true);
    expect(arrived).toEqual(['first', 'inner', 'outer', 'second', 'slow']);
  });

  it.each([
    ['that came through', true],
    ['that was dropped', false],
  ])('do not hear of a next that is called late, for one %s', async (_what, cameThrough) => {
    let kept: (() => Promise<void>) | undefined;
    const steps = new Steps(
      named((message, next) => {
        kept ??= next;
        return message.body === 'dropped' ? undefined : next();
      }),
    );
    const arrived: unknown[] = [];
    const end = { passed: (message: PassingMessage) => void arrived.push(message.body) };
    expect(steps.run(messageOf(cameThrough ? 'one' : 'dropped'), end)).toBe(cameThrough);
    await expect(kept?.()).rejects.toThrow(/'step 1' called next\(\)/);
    expect(steps.run(messageOf('two'), end)).toBe(true);
    await expect(kept?.()).rejects.toThrow(/'step 1' called next\(\)/);
    expect(arrived).toEqual(cameThrough ? ['one', 'two'] : ['two']);
  });
});
