import { describe, expect, it, jest } from '@jest/globals';
import { Heartbeat } from '../../../src/sockets/heartbeat.js';
import { KIND } from '../../../src/wire/native/format.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

describe('a heartbeat', () => {
  it('looks at each interval, from its start to its stop', () => {
    const look = jest.fn();
    const heartbeat = new Heartbeat(100, 1_000, look);
    jest.advanceTimersByTime(1_000);
    expect(look).not.toHaveBeenCalled();
    heartbeat.start();
    heartbeat.start();
    jest.advanceTimersByTime(1_000);
    expect(look).toHaveBeenCalledTimes(10);
    heartbeat.stop();
    heartbeat.stop();
    jest.advanceTimersByTime(1_000);
    expect(look).toHaveBeenCalledTimes(10);
    expect(jest.getTimerCount()).toBe(0);
    heartbeat.start();
    jest.advanceTimersByTime(100);
    expect(look).toHaveBeenCalledTimes(11);
    heartbeat.stop();
  });

  it('has no timer where it never looks', () => {
    const heartbeat = new Heartbeat(Infinity, 1_000, () => undefined);
    heartbeat.start();
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([
    [2_500, 10_000, 3],
    [100, 200, 1],
    [100, 250, 1],
    [100, 300, 2],
    [100, 50, 1],
    [100, Infinity, Infinity],
  ])('has, with an interval of %d ms and %d ms of patience, %d looks', (intervalMs, deadPeerMs, looks) => {
    expect(new Heartbeat(intervalMs, deadPeerMs, () => undefined).patience).toBe(looks);
  });

  it('never calls a peer dead that has said something within the time, wherever the looks fall', () => {
    const intervalMs = 100;
    for (const deadPeerMs of [200, 250, 299, 300, 1_000]) {
      const patience = new Heartbeat(intervalMs, deadPeerMs, () => undefined).looksIn(deadPeerMs);
      for (let phaseMs = 0; phaseMs < intervalMs; phaseMs += 1) {
        // The looks after a last sign of life at 0 come at the phase, and each interval after that.
        const calledDeadAtMs = phaseMs + patience * intervalMs;
        expect(calledDeadAtMs).toBeLessThanOrEqual(deadPeerMs + intervalMs);
        expect(calledDeadAtMs).toBeGreaterThanOrEqual(deadPeerMs - 2 * intervalMs);
      }
    }
  });

  it('says in its pings how long it is to be waited for', () => {
    const ping = new Heartbeat(100, 999.5, () => undefined).ping();
    expect(ping).toMatchObject({ kind: KIND.ping, timeLeftMs: 1_000 });
    expect(new Heartbeat(100, Infinity, () => undefined).ping().timeLeftMs).toBeUndefined();
  });
});
