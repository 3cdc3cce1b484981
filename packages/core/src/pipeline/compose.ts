import type { Message } from '../contract/message.js';
import type { Step } from '../contract/middleware.js';
import { ConfigurationError } from '../errors/error-classes.js';
import { badOption } from '../options.js';

/** A step and the name of the middleware that it belongs to. */
export interface NamedStep {
  readonly name: string;
  readonly step: Step;
}

/**
 * Runs a message through the steps in order, and `last` after them.
 * A step that calls `next` twice, or returns before its `next` has settled, is a bug of that step's and throws; the second outside production only.
 * @returns whether the message came through: `false` if a step did not call `next`.
 */
export async function runSteps(
  steps: readonly NamedStep[],
  message: Message,
  last: () => void | Promise<void>,
): Promise<boolean> {
  let cameThrough = false;

  async function runFrom(index: number): Promise<void> {
    const current = steps[index];
    if (current === undefined) {
      cameThrough = true;
      await last();
      return;
    }
    const downstream: { promise?: Promise<void>; settled: boolean; misuse?: Error } = { settled: false };
    const next = (): Promise<void> => {
      if (downstream.promise !== undefined) {
        downstream.misuse = badOption(`middleware '${current.name}' called next() twice`);
        const refused: Promise<void> = Promise.reject(downstream.misuse);
        refused.catch(() => undefined);
        return refused;
      }
      const settle = (): void => {
        downstream.settled = true;
      };
      downstream.promise = runFrom(index + 1);
      downstream.promise.then(settle, settle);
      return downstream.promise;
    };
    await current.step(message, next);
    if (downstream.misuse !== undefined) throw downstream.misuse;
    if (downstream.promise === undefined || downstream.settled) return;
    await downstream.promise;
    if (process.env['NODE_ENV'] === 'production') return;
    throw new ConfigurationError(
      'BAD_OPTION',
      `middleware '${current.name}' returned before next() had settled: await it, or return it`,
      { outcome: 'unknown' },
    );
  }

  await runFrom(0);
  return cameThrough;
}
