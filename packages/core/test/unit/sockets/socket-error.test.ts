import { describe, expect, it } from '@jest/globals';
import { isBusy, isPeerGone, socketErrorCode } from '../../../src/sockets/socket-error.js';

const withCode = (code: unknown): Error => Object.assign(new Error('m'), { code });

describe('an error of the ZeroMQ binding', () => {
  it.each([
    [withCode('EAGAIN'), 'EAGAIN', true, false],
    [withCode('EHOSTUNREACH'), 'EHOSTUNREACH', false, true],
    [withCode('EADDRINUSE'), 'EADDRINUSE', false, false],
    [withCode(11), undefined, false, false],
    [new Error('m'), undefined, false, false],
    ['EAGAIN', undefined, false, false],
    [null, undefined, false, false],
    [undefined, undefined, false, false],
  ])('%p has the code %p', (error, code, busy, gone) => {
    expect([socketErrorCode(error), isBusy(error), isPeerGone(error)]).toEqual([code, busy, gone]);
  });
});
