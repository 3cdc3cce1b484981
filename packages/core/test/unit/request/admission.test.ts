import { describe, expect, it, jest } from '@jest/globals';
import { Admission, type AdmissionLimits } from '../../../src/request/admission.js';
import { ClientSession } from '../../../src/request/client-session.js';
import type { ServerRequest } from '../../../src/request/server-request.js';
import type { Peer } from '../../../src/sockets/peers.js';
import type { OverloadedError } from '../../../src/errors/error-classes.js';
import { Deadline } from '../../../src/timing/deadline-wheel.js';
import { useFakeClock } from '@liberzmq-tooling/testkit/fake-clock';

useFakeClock();

/** What an admission needs of a request. */
class TestRequest extends Deadline {
  queueNext: undefined;
  queuePrevious: undefined;
  deadline = Infinity;
  isWaiting = false;
  isBeside = false;
  startedAt = 0;
  readonly name: string;
  readonly from: Peer<ClientSession>;

  constructor(name: string, from: Peer<ClientSession>) {
    super();
    this.name = name;
    this.from = from;
  }

  expire(): void {
    // Who answers it is not asked here.
  }
}

/** An admission, and the names of the requests that it has started. */
function start(limits: Partial<AdmissionLimits> = {}, run?: (request: ServerRequest) => void) {
  const started: string[] = [];
  const running: ServerRequest[] = [];
  const admission = new Admission({ maxConcurrency: 1, maxQueue: 100, maxQueuePerPeer: 10, ...limits }, (request) => {
    started.push((request as unknown as TestRequest).name);
    running.push(request);
    run?.(request);
  });
  const take = (name: string, from: Peer<ClientSession>): TestRequest => {
    const request = new TestRequest(name, from);
    admission.take(request as unknown as ServerRequest);
    return request;
  };
  /** Ends the request that has run longest. */
  const end = (): void => {
    admission.ended(running.shift()!);
  };
  /** A request is over while it waits. */
  const over = (...requests: TestRequest[]): void => {
    for (const request of requests) admission.forget(request as unknown as ServerRequest);
  };
  return { admission, started, running, take, end, over };
}

function client(name = 'client'): Peer<ClientSession> {
  return { id: Buffer.from(name), name, outbox: undefined as never, session: new ClientSession() };
}

/** What is said about a request that is refused. */
function refusal(take: () => unknown): OverloadedError {
  try {
    take();
  } catch (error) {
    return error as OverloadedError;
  }
  throw new Error('it was not refused');
}

describe('admission', () => {
  it('starts as many as may run, and the next when one ends', () => {
    const { started, take, end } = start({ maxConcurrency: 2 });
    const a = client();
    for (const name of ['1', '2', '3', '4']) take(name, a);
    expect(started).toEqual(['1', '2']);
    end();
    expect(started).toEqual(['1', '2', '3']);
    end();
    end();
    end();
    expect(started).toEqual(['1', '2', '3', '4']);
    for (const name of ['5', '6', '7']) take(name, a);
    expect(started.slice(4)).toEqual(['5', '6']);
  });

  it('starts everything where nothing is limited', () => {
    const { started, take, end } = start({ maxConcurrency: Infinity });
    const a = client();
    for (let count = 0; count < 1_000; count += 1) take(String(count), a);
    expect(started.length).toBe(1_000);
    for (let count = 0; count < 1_000; count += 1) end();
    take('one more', a);
    expect(started.at(-1)).toBe('one more');
  });

  it('gives each client its turn, however many one of them has sent before', () => {
    const { started, take, end } = start();
    const [a, b, c] = [client('a'), client('b'), client('c')];
    take('a0', a);
    for (const name of ['a1', 'a2', 'a3', 'a4']) take(name, a);
    for (const name of ['b1', 'b2']) take(name, b);
    take('c1', c);
    for (let count = 0; count < 8; count += 1) end();
    expect(started).toEqual(['a0', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
  });

  it('refuses what comes beyond the queue, and what comes beyond the share of one client', () => {
    const { started, take, end } = start({ maxQueue: 3, maxQueuePerPeer: 2 });
    const [a, b] = [client('a'), client('b')];
    for (const name of ['a0', 'a1', 'a2']) take(name, a);
    expect(refusal(() => take('a3', a))).toMatchObject({
      name: 'OverloadedError',
      code: 'OVERLOADED',
      retryable: true,
      message: 'the server is overloaded: 2 requests of this client wait already; nothing was run',
    });
    take('b1', b);
    expect(refusal(() => take('b2', b)).message).toBe(
      'the server is overloaded: 1 requests run and 3 wait already; nothing was run',
    );
    end();
    take('b2', b);
    for (let count = 0; count < 4; count += 1) end();
    expect(started).toEqual(['a0', 'a1', 'b1', 'a2', 'b2']);
  });

  it('lets none wait where the queue is 0', () => {
    const { take } = start({ maxQueue: 0 });
    take('1', client());
    expect(refusal(() => take('2', client())).code).toBe('OVERLOADED');
  });

  it('does not start what has been answered while it waited', () => {
    const { started, take, end, over } = start();
    const a = client();
    take('1', a);
    const second = take('2', a);
    take('3', a);
    over(second);
    end();
    expect(started).toEqual(['1', '3']);
    end();
    take('4', a);
    expect(started).toEqual(['1', '3', '4']);
  });

  it('has room for others when what waits is wanted no longer', () => {
    const { take, over } = start({ maxQueuePerPeer: 2 });
    const a = client();
    take('0', a);
    over(take('1', a), take('2', a));
    expect(() => take('3', a)).not.toThrow();
  });

  it('forgets what waits of a client that is gone, and nothing of the others', () => {
    const { started, take, end, over } = start({ maxQueue: 3 });
    const [a, b] = [client('a'), client('b')];
    const running = take('a0', a);
    const first = take('a1', a);
    take('b1', b);
    over(first, take('a2', a));
    for (const name of ['b2', 'b3']) take(name, b);
    expect(refusal(() => take('b4', b)).message).toMatch(/1 requests run and 3 wait/);
    end();
    expect(started).toEqual(['a0', 'b1']);
    over(running, first);
    for (let count = 0; count < 3; count += 1) end();
    take('a3', a);
    expect(started).toEqual(['a0', 'b1', 'b2', 'b3', 'a3']);
  });

  it('forgets the turn of a client that is gone, too', () => {
    const { started, take, end, over } = start();
    const [a, b] = [client('a'), client('b')];
    take('0', a);
    const gone = take('gone', a);
    for (const name of ['b1', 'b2', 'b3']) take(name, b);
    over(gone);
    for (const name of ['a1', 'a2', 'a3']) take(name, a);
    for (let count = 0; count < 6; count += 1) end();
    expect(started).toEqual(['0', 'b1', 'a1', 'b2', 'a2', 'b3', 'a3']);
  });

  it('runs 10,000 that end at once, one after the other, on a short stack', () => {
    let depth = 0;
    let deepest = 0;
    let isFirst = true;
    const { admission, started, take, running } = start(
      { maxQueue: Infinity, maxQueuePerPeer: Infinity },
      (request) => {
        depth += 1;
        deepest = Math.max(deepest, depth);
        if (!isFirst) admission.ended(request);
        depth -= 1;
      },
    );
    const clients = [client('a'), client('b'), client('c')];
    take('first', clients[0]!);
    isFirst = false;
    for (let count = 0; count < 10_000; count += 1) take(String(count), clients[count % 3]!);
    expect(started.length).toBe(1);
    admission.ended(running[0]!);
    expect(started.length).toBe(10_001);
    take('after all', clients[0]!);
    expect(started.at(-1)).toBe('after all');
    expect(deepest).toBe(1);
  });

  it('takes one that comes while the next is being started', () => {
    const a = client();
    const { started, take, end } = start({ maxConcurrency: 1 }, (request) => {
      if ((request as unknown as TestRequest).name === '2') take('3', a);
    });
    take('1', a);
    take('2', a);
    end();
    expect(started).toEqual(['1', '2']);
    end();
    expect(started).toEqual(['1', '2', '3']);
  });
});

describe('what is said to a client that is refused', () => {
  /** Has so many requests take so long each. */
  function busyFor(ms: number, times: number, limits: Partial<AdmissionLimits>) {
    const harness = start({ maxQueuePerPeer: Infinity, ...limits });
    for (let count = 0; count < times; count += 1) {
      harness.take('earlier', client());
      jest.advanceTimersByTime(ms);
      harness.end();
    }
    return harness;
  }

  function retryAfterMs(take: (name: string, from: Peer<ClientSession>) => unknown): number | undefined {
    return refusal(() => {
      for (;;) take('filler', client());
    }).retryAfterMs;
  }

  it('is how long those before it take, as far as that is known', () => {
    const { take } = busyFor(200, 100, { maxConcurrency: 1, maxQueue: 4 });
    // Four wait before it, and itself.
    expect(retryAfterMs(take)).toBeGreaterThan(900);
    expect(retryAfterMs(take)).toBeLessThanOrEqual(1_000);
  });

  it('is less where more of them run at a time', () => {
    const { take } = busyFor(200, 100, { maxConcurrency: 4, maxQueue: 4 });
    expect(retryAfterMs(take)).toBeGreaterThan(225);
    expect(retryAfterMs(take)).toBeLessThanOrEqual(250);
  });

  it('is a little where nothing is known, and never very long', () => {
    expect(retryAfterMs(start({ maxQueue: 2 }).take)).toBe(10);
    expect(retryAfterMs(busyFor(60_000, 20, { maxQueue: 50 }).take)).toBe(10_000);
  });
});
