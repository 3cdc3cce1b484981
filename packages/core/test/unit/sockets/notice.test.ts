import { describe, expect, it, jest } from '@jest/globals';
import { Notice } from '../../../src/sockets/notice.js';
import { ConnectionError } from '../../../src/errors/error-classes.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

describe('a notice', () => {
  it('is over when it has been handed over', () => {
    const notice = new Notice({ describe: () => 'a pong' });
    const onOver = jest.fn();
    notice.onOver = onOver;
    expect(notice.isOver).toBe(false);
    notice.onHandedOver();
    notice.onHandedOver();
    expect(notice.isOver).toBe(true);
    expect(onOver).toHaveBeenCalledTimes(1);
  });

  it('tells whoever wants to know that it is lost, once, and nobody that it was handed over', () => {
    const onLost = jest.fn();
    const [sent, failed, dropped] = Array.from({ length: 3 }, () => new Notice({ describe: () => 'a pong', onLost }));
    sent!.onHandedOver();
    sent!.fail(new ConnectionError('CLOSED', 'closed'));
    expect(onLost).not.toHaveBeenCalled();
    failed!.fail(new ConnectionError('CLOSED', 'closed'));
    failed!.fail(new ConnectionError('CLOSED', 'again'));
    dropped!.drop();
    expect(onLost.mock.calls).toEqual([[failed]]);
    expect([failed!.isOver, dropped!.isOver]).toEqual([true, true]);
  });

  it('may be lost without anybody who wants to know', () => {
    const notice = new Notice({ describe: () => 'a pong' });
    notice.fail(new ConnectionError('CLOSED', 'closed'));
    expect(notice.isOver).toBe(true);
  });

  it('has no time limit, and so no timer', () => {
    const notice = new Notice({ describe: () => 'a pong' });
    expect(jest.getTimerCount()).toBe(0);
    expect(notice.failIfAborted()).toBe(false);
  });

  it('says what it is when it is asked', () => {
    const describeIt = jest.fn((of: Notice) => `a pong of ${of.bytes} bytes`);
    const notice = new Notice({ describe: describeIt });
    expect(describeIt).not.toHaveBeenCalled();
    notice.bytes = 32;
    expect(notice.describe()).toBe('a pong of 32 bytes');
  });
});
