import { describe, expect, it, jest } from '@jest/globals';
import { Notice } from '../../../src/sockets/notice.js';
import { ConnectionError } from '../../../src/errors/error-classes.js';
import { useFakeClock } from '../timing/fake-clock.js';

useFakeClock();

describe('a notice', () => {
  it('is over when it has been handed over', () => {
    const notice = new Notice(() => 'a pong');
    const onOver = jest.fn();
    notice.onOver = onOver;
    expect(notice.isOver).toBe(false);
    notice.onHandedOver();
    notice.onHandedOver();
    expect(notice.isOver).toBe(true);
    expect(onOver).toHaveBeenCalledTimes(1);
  });

  it('tells nobody that it has failed', () => {
    const notice = new Notice(() => 'a pong');
    notice.fail(new ConnectionError('CLOSED', 'closed'));
    expect(notice.isOver).toBe(true);
    const other = new Notice(() => 'a pong');
    other.drop(new ConnectionError('BACKPRESSURE', 'full'));
    expect(other.isOver).toBe(true);
  });

  it('has no time limit, and so no timer', () => {
    const notice = new Notice(() => 'a pong');
    expect(jest.getTimerCount()).toBe(0);
    expect(notice.failIfAborted()).toBe(false);
  });

  it('says what it is when it is asked', () => {
    const description = jest.fn(() => 'a pong to peer');
    const notice = new Notice(description);
    expect(description).not.toHaveBeenCalled();
    expect(notice.describe()).toBe('a pong to peer');
  });
});
