import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as here from '../../../src/errors/error-classes.js';
import { createError } from '../../../src/errors/create-error.js';
import { LiberZMQError } from '../../../src/errors/liberzmq-error.js';
import { CODE_ROWS } from './table.js';

type ErrorClasses = typeof here;
type ErrorClassName = Extract<keyof ErrorClasses, `${string}Error`>;

let other: ErrorClasses;
let otherBase: typeof LiberZMQError;
beforeAll(async () => {
  jest.resetModules();
  other = await import('../../../src/errors/error-classes.js');
  otherBase = (await import('../../../src/errors/liberzmq-error.js')).LiberZMQError;
});

describe('two copies of the package', () => {
  it('are two copies', () => {
    expect(otherBase).not.toBe(LiberZMQError);
    expect(other.TimeoutError).not.toBe(here.TimeoutError);
  });

  it.each(CODE_ROWS)('know an error of the other by instanceof: %s', (code, classes) => {
    const error = createError(code, 'm');
    expect(error instanceof otherBase).toBe(true);
    for (const name of Object.keys(other).filter((each): each is ErrorClassName => each.endsWith('Error'))) {
      expect([name, error instanceof other[name]]).toEqual([name, classes.includes(name)]);
    }
  });

  it("know an error of the user's own class by the classes that it derives from", () => {
    class PaymentRefused extends here.RemoteError {}
    expect(new PaymentRefused('REMOTE', 'm') instanceof other.RemoteError).toBe(true);
    expect(new PaymentRefused('REMOTE', 'm') instanceof other.TimeoutError).toBe(false);
  });

  it("do not take an error of the other for one of the user's own class", () => {
    class PaymentRefused extends here.RemoteError {}
    expect(new other.RemoteError('REMOTE', 'm') instanceof PaymentRefused).toBe(false);
  });
});
