import { describe, expect, it } from '@jest/globals';
import type { Step } from '../../../src/contract/middleware.js';
import { runSteps, type NamedStep } from '../../../src/pipeline/compose.js';
import { defer } from '../deferred.js';
import { messageOf } from './message.js';
import { useNodeEnv } from './node-env.js';

const named = (...steps: Step[]): NamedStep[] => steps.map((step, index) => ({ name: `step ${index + 1}`, step }));
const passOn: Step = (_message, next) => next();

/** Lets pass on only after some turns. */
const slow: Step = async (_message, next) => {
  await new Promise((resolve) => setImmediate(resolve));
  await next();
};

describe('runSteps', () => {
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
    await expect(runSteps(named(step('a'), step('b')), messageOf(1), last)).resolves.toBe(true);
    expect(seen).toEqual(['a in', 'b in', 'end', 'b out', 'a out']);
  });

  it('goes straight to the end without steps', async () => {
    let ended = 0;
    const last = (): void => {
      ended += 1;
    };
    await expect(runSteps([], messageOf(1), last)).resolves.toBe(true);
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
    await runSteps(steps, message, () => undefined);
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
    await expect(runSteps(steps, messageOf(1), () => void seen.push('end'))).resolves.toBe(false);
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
    const run = runSteps(named(passOn, step, passOn), messageOf(1), () => {
      ended = true;
    });
    await expect(run).rejects.toThrow('refused');
    expect(ended).toBe(false);
  });

  it('lets a step see, and swallow, what fails behind it', async () => {
    const seen: unknown[] = [];
    const steps = named(async (_message, next) => {
      await next().catch((error: unknown) => seen.push((error as Error).message));
    });
    const last = (): Promise<void> => Promise.reject(new Error('at the end'));
    await runSteps(steps, messageOf(1), last);
    expect(seen).toEqual(['at the end']);
    await expect(runSteps(named(passOn), messageOf(1), last)).rejects.toThrow('at the end');
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
    const run = runSteps(named(passOn, step), messageOf(1), () => {
      ended += 1;
    });
    await expect(run).rejects.toMatchObject({
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
    await expect(runSteps(named(step, slow, step), messageOf(1), () => undefined)).resolves.toBe(true);
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
      await expect(runSteps(named(...steps), messageOf(1), () => undefined)).rejects.toMatchObject({
        code: 'BAD_OPTION',
        message: expect.stringMatching(new RegExp(`'${name}' returned before next\\(\\) had settled.*await`)),
      });
    });

    it('is an error only after the rest has ended, so that nothing runs behind the back of it', async () => {
      const end = defer();
      let settled = false;
      const run = runSteps(named(careless), messageOf(1), () => end.promise).catch(() => {
        settled = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect(settled).toBe(false);
      end.resolve();
      await run;
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
      await expect(runSteps(named(careless), messageOf(1), last)).resolves.toBe(true);
      await expect(runSteps(named(careless, slow), messageOf(1), last)).resolves.toBe(true);
      expect(ended).toBe(2);
    });

    it('still may call next only once', async () => {
      const twice: Step = async (_message, next) => {
        await next();
        await next();
      };
      await expect(runSteps(named(twice), messageOf(1), () => undefined)).rejects.toThrow('twice');
    });
  });
});
