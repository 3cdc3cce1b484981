import { describe, expect, it } from '@jest/globals';
import {
  Puller,
  Pusher,
  type Middleware,
  type PullerOptions,
  type PusherOptions,
  type Task,
  type TaskContext,
} from '@liberzmq/core';
import { startNode } from '@liberzmq-tooling/testkit';
import { Pull as PlainPull, Push as PlainPush } from 'zeromq';
import { KIND, type Kind } from '../../src/wire/native/format.js';
import { OutgoingRecord } from '../../src/wire/native/outgoing-record.js';
import { packRecords } from '../../src/wire/native/packer.js';
import { readPacket } from '../../src/wire/native/packet-reader.js';
import { pause } from '../faults/proxied.js';
import { addressOf, ANY_PORT, closeAfterEach, defer, until, upTo } from './endpoints.js';

const keep = closeAfterEach();

async function pusher(options: Partial<PusherOptions> = {}): Promise<Pusher> {
  return keep(await new Pusher({ address: ANY_PORT, ...options }).connect());
}

function pullerOf(source: Pusher, options: Partial<PullerOptions> = {}): Puller {
  return keep(new Puller({ address: addressOf(source), ...options }));
}

/** A pusher whose tasks travel together, and a puller that is connected. */
async function batching(options: Partial<PusherOptions> = {}): Promise<{ source: Pusher; puller: Puller }> {
  const source = await pusher({ batch: true, ...options });
  const puller = pullerOf(source);
  await Promise.all([puller.connect(), source.connect({ waitForConnection: true })]);
  return { source, puller };
}

/** Tasks of the type `t` with numbers as their data. */
function numbered(from: number, to: number): { type: string; data: number }[] {
  return upTo(to)
    .slice(from)
    .map((data) => ({ type: 't', data }));
}

async function pull(puller: Puller, count: number): Promise<Task[]> {
  const tasks: Task[] = [];
  while (tasks.length < count) tasks.push(await puller.pullTask({ timeoutMs: 5_000 }));
  return tasks;
}

function dataOf(tasks: readonly Task[]): unknown[] {
  return tasks.map(({ data }) => data);
}

/** Lets the event loop turn, as long as microtasks would keep it from doing so. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A handler that notes what it was given, and ends when it is told to. */
function heldHandler() {
  const begun: unknown[] = [];
  const contexts: TaskContext[] = [];
  const ends: (() => void)[] = [];
  let most = 0;
  let running = 0;
  let isOpen = false;
  const handler = async ({ data }: Task, context: TaskContext): Promise<void> => {
    begun.push(data);
    contexts.push(context);
    running += 1;
    most = Math.max(most, running);
    if (isOpen) await turn();
    else await new Promise<void>((resolve) => ends.push(resolve));
    running -= 1;
  };
  return {
    begun,
    contexts,
    handler,
    /** The most that have run at a time. */
    get most(): number {
      return most;
    },
    get running(): number {
      return running;
    },
    /** From now on nothing is held. */
    open(): void {
      isOpen = true;
      for (const end of ends.splice(0)) end();
    },
  };
}

describe('tasks that travel together', () => {
  it('keep their order, and each push resolves with its id', async () => {
    const { source, puller } = await batching();
    const pushed = source.pushBatch(numbered(0, 5_000));
    const tasks = await pull(puller, 5_000);
    expect(dataOf(tasks)).toEqual(upTo(5_000));
    expect(tasks.map(({ id }) => id)).toEqual(await pushed);
    const awaited = pull(puller, 5_000);
    const ids = [];
    for (const { type, data } of numbered(0, 5_000)) ids.push(await source.pushTask(type, data));
    const more = await awaited;
    expect(dataOf(more)).toEqual(upTo(5_000));
    expect(more.map(({ id }) => id)).toEqual(ids);
    expect(new Set([...ids, ...(await pushed)]).size).toBe(10_000);
  });

  it('go packet by packet to one puller after the other', async () => {
    const source = await pusher({ batch: true });
    const plain = upTo(2).map(() => new PlainPull({ receiveTimeout: 5_000 }));
    try {
      for (const socket of plain) socket.connect(addressOf(source));
      const connected = defer();
      let connections = 0;
      source.on('connected', () => {
        connections += 1;
        if (connections === 2) connected.resolve();
      });
      await connected.promise;
      await source.pushBatch(numbered(0, 2_048));
      const shares: number[][] = [];
      for (const socket of plain) {
        const share: number[] = [];
        for (let packets = 0; packets < 2; packets += 1) {
          const { records } = readPacket(await socket.receive(), 0);
          share.push(records.length);
        }
        shares.push(share);
      }
      expect(shares).toEqual([
        [512, 512],
        [512, 512],
      ]);
    } finally {
      for (const socket of plain) socket.close();
    }
  });

  it('are told by the native dialect alone', () => {
    expect(() => new Pusher({ address: ANY_PORT, batch: true, dialect: 'classic' })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('batch') }),
    );
    expect(() => new Pusher({ address: ANY_PORT, batch: 1 as never })).toThrow(/batch/);
  });

  it('wait for room where nobody takes them, and none is lost', async () => {
    const { source, puller } = await batching();
    const body = 'x'.repeat(1_000);
    let pushed = 0;
    let over = false;
    const pushing = (async () => {
      for (; !over; pushed += 1) await source.pushTask('t', { n: pushed, body });
    })();
    await until(() => source.stats().queued.messages > 0 && source.stats().sent.messages > 0, 'it is held up');
    let before = -1;
    await until(() => before === (before = pushed), 'it stands still');
    expect(source.stats().queued.messages).toBeLessThanOrEqual(16 * 512 + 1);
    over = true;
    const seen = [];
    while (seen.length < before) seen.push(((await puller.pullTask()).data as { n: number }).n);
    await pushing;
    while (seen.length < pushed) seen.push(((await puller.pullTask()).data as { n: number }).n);
    expect(seen).toEqual(upTo(pushed));
  });

  it('wait where nobody is there at all', async () => {
    const source = await pusher({ batch: true });
    await expect(source.pushTask('t', 1, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      outcome: 'not-sent',
    });
    const waiting = source.pushTask('t', 2);
    const puller = pullerOf(source);
    expect((await puller.pullTask()).data).toBe(2);
    await waiting;
  });

  it('that were accepted and cannot leave before a forced close are counted, and told', async () => {
    const { source } = await batching();
    const dropped: string[] = [];
    source.on('dropped', ({ reason, description }) => dropped.push(`${reason}: ${description}`));
    const body = 'x'.repeat(1_000);
    let accepted = 0;
    let refused: unknown;
    const pushing = (async () => {
      try {
        for (;;) {
          await source.pushTask('t', body);
          accepted += 1;
        }
      } catch (error) {
        refused = error;
      }
    })();
    await until(() => source.stats().queued.messages > 0, 'some wait');
    let before = -1;
    await until(() => before === (before = accepted), 'it is held up');
    await source.close({ timeoutMs: 0 });
    await pushing;
    expect(refused).toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
    const { sent, drops, queued } = source.stats();
    expect(drops['closed']).toBeGreaterThan(0);
    expect(sent.messages + (drops['closed'] ?? 0)).toBe(accepted);
    expect(queued.messages).toBe(0);
    expect(dropped).toEqual(upTo(drops['closed'] ?? 0).map(() => `closed: task 't' to ${source.address}`));
  });

  it('all leave before a close that has time', async () => {
    const { source, puller } = await batching();
    for (const { type, data } of numbered(0, 1_000)) await source.pushTask(type, data);
    await source.close();
    expect(dataOf(await pull(puller, 1_000))).toEqual(upTo(1_000));
    expect(source.stats().drops).toEqual({});
  });
});

describe('tasks in a row', () => {
  /** What one push was, and what became of it. */
  interface Pushed {
    readonly type: string;
    readonly data: unknown;
    readonly id: Promise<string>;
  }

  function push(source: Pusher, type: string, data: unknown): Pushed {
    return { type, data, id: source.pushTask(type, data) };
  }

  /** Lets the clock go on, within the same turn of the event loop. */
  function nextMillisecond(): void {
    for (const now = Date.now(); Date.now() === now;);
  }

  async function expectArrived(puller: Puller, pushed: readonly Pushed[]): Promise<Task[]> {
    const tasks = await pull(puller, pushed.length);
    const ids = await Promise.all(pushed.map(({ id }) => id));
    expect(tasks.map(({ id }) => id)).toEqual(ids);
    expect(tasks.map(({ type, data }) => ({ type, data }))).toEqual(pushed.map(({ type, data }) => ({ type, data })));
    expect(new Set(ids).size).toBe(pushed.length);
    return tasks;
  }

  it('take few bytes beside their data', async () => {
    const source = await pusher({ batch: true });
    const plain = new PlainPull({ receiveTimeout: 5_000 });
    try {
      plain.connect(addressOf(source));
      await source.connect({ waitForConnection: true });
      const ids = await Promise.all(upTo(256).map(() => source.pushTask('resize', 7)));
      const [packet] = await plain.receive();
      // By itself, each would have its id of 36 bytes. A millisecond that ends meanwhile ends a run.
      expect(packet!.length).toBeLessThan(256 * 20);
      expect(readPacket([packet!], 0).records.map(({ textId }) => textId)).toEqual(ids);
    } finally {
      plain.close();
    }
  });

  it('have the ids that their pushes resolve with, through many milliseconds', async () => {
    const { source, puller } = await batching();
    const pushed: Pushed[] = [];
    const arrived = (async () => {
      const tasks: Task[] = [];
      while (tasks.length < 12_000) tasks.push(await puller.pullTask({ timeoutMs: 5_000 }));
      return tasks;
    })();
    for (const n of upTo(12_000)) {
      if (n % 1_000 === 999) nextMillisecond();
      const each = push(source, 't', n);
      pushed.push(each);
      await each.id;
    }
    const tasks = await arrived;
    const ids = await Promise.all(pushed.map(({ id }) => id));
    expect(tasks.map(({ id }) => id)).toEqual(ids);
    expect(dataOf(tasks)).toEqual(upTo(12_000));
    expect(new Set(ids).size).toBe(12_000);
    expect(new Set(tasks.map(({ timestamp }) => timestamp)).size).toBeGreaterThanOrEqual(12);
    for (const { id, timestamp } of tasks) {
      expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(timestamp);
    }
    expect(source.stats()).toMatchObject({ sent: { messages: 12_000 }, drops: {} });
    expect(puller.stats().received.messages).toBe(12_000);
  });

  it('may end in the middle of a turn, as a millisecond does', async () => {
    const { source, puller } = await batching();
    const pushed: Pushed[] = [];
    for (const n of upTo(300)) {
      if (n % 50 === 25) nextMillisecond();
      pushed.push(push(source, 't', n));
    }
    const tasks = await expectArrived(puller, pushed);
    expect(new Set(tasks.map(({ timestamp }) => timestamp)).size).toBeGreaterThanOrEqual(7);
  });

  it('may be of several types, and be pushed in other ways in between', async () => {
    const { source, puller } = await batching();
    const pushed = upTo(1_000).map((n): Pushed => {
      const type = ['a', 'a', 'a', 'b', 'a', 'c', 'c'][n % 7]!;
      if (n % 50 === 13)
        return { type, data: n, id: source.pushTask(type, n, { headers: { n: String(n) }, priority: n }) };
      if (n % 50 === 14) return { type, data: n, id: source.pushTask({ type, data: n, id: `own-${n}` }) };
      if (n % 50 === 15) return { type, data: n, id: source.pushTask({ type, data: n, note: 'more' }) };
      return push(source, type, n);
    });
    const tasks = await expectArrived(puller, pushed);
    for (const [n, { headers, priority, note }] of tasks.entries()) {
      const isSpecial = n % 50 === 13;
      expect({ headers, priority }).toEqual({
        headers: isSpecial ? { n: String(n) } : {},
        priority: isSpecial ? n : 0,
      });
      expect(note).toBe(n % 50 === 15 ? 'more' : undefined);
    }
  });

  it('may have data of every kind in between', async () => {
    const { source, puller } = await batching();
    const others: unknown[] = [
      undefined,
      Buffer.from([0, 0xc1, 255]),
      'x'.repeat(40 * 1_024),
      undefined,
      undefined,
      Buffer.alloc(40 * 1_024, 7),
      Buffer.alloc(0),
      null,
    ];
    const data = others.flatMap((other, n) => [...upTo(n % 3), other, { n }]);
    const pushed = data.map((each) => push(source, 't', each));
    await expectArrived(puller, [...pushed, ...data.map((each) => push(source, 't', each))]);
  });

  it('have their own ids where the first of a millisecond cannot be encoded', async () => {
    const { source, puller } = await batching();
    const pushed = [push(source, 't', 'before')];
    nextMillisecond();
    const rejected = source.pushTask('t', 5n);
    pushed.push(push(source, 't', 'behind'));
    await expect(rejected).rejects.toMatchObject({ code: 'ENCODE' });
    await expectArrived(puller, pushed);
  });

  it('are not held up by one that cannot be encoded: that alone is rejected', async () => {
    const { source, puller } = await batching();
    const pushed: Pushed[] = [];
    const rejected: Promise<unknown>[] = [];
    for (const n of upTo(200)) {
      pushed.push(push(source, 't', n));
      if (n % 20 !== 7) continue;
      rejected.push(source.pushTask('t', BigInt(n)).catch((error: unknown) => error));
      if (n % 40 === 7) rejected.push(source.pushTask('', n).catch((error: unknown) => error));
    }
    await expectArrived(puller, pushed);
    const codes = (await Promise.all(rejected)).map((error) => (error as { code: string }).code);
    expect(codes).toEqual(upTo(15).map((n) => (n % 3 === 1 ? 'BAD_OPTION' : 'ENCODE')));
    expect(source.stats()).toMatchObject({ sent: { messages: 200 }, drops: {} });
    expect(source.stats().queued).toEqual({ messages: 0, bytes: 0 });
  });
});

describe.each([false, true])('a task (batch: %p)', (batch) => {
  it('has all that it was given', async () => {
    const { source, puller } = await batching({ batch });
    const before = Date.now();
    const ids = [
      await source.pushTask('plain', { a: [1] }),
      await source.pushTask('full', null, { priority: -2.5, headers: { a: 'ä', b: '' } }),
      await source.pushTask({ type: 'own', id: 'my-id', data: 0, priority: 7, headers: { c: 'd' } }),
      await source.pushTask({ type: 'defaults' }, { priority: 3, headers: { e: 'f' } }),
    ];
    const tasks = await pull(puller, 4);
    expect(tasks).toEqual([
      { id: ids[0], type: 'plain', data: { a: [1] }, priority: 0, headers: {}, timestamp: expect.any(Number) },
      {
        ...{ id: ids[1], type: 'full', data: null, priority: -2.5, headers: { a: 'ä', b: '' } },
        timestamp: expect.any(Number),
      },
      { id: 'my-id', type: 'own', data: 0, priority: 7, headers: { c: 'd' }, timestamp: expect.any(Number) },
      {
        ...{ id: ids[3], type: 'defaults', data: undefined, priority: 3, headers: { e: 'f' } },
        timestamp: expect.any(Number),
      },
    ]);
    for (const { timestamp } of tasks) {
      expect(timestamp).toBeGreaterThanOrEqual(before);
      expect(timestamp).toBeLessThanOrEqual(Date.now());
    }
  });

  it('keeps what else it holds, which takes the place of nothing', async () => {
    const { source, puller } = await batching({ batch });
    await source.pushTask({ type: 't', data: { a: 1 }, note: 'extra', nested: { deep: [1, 2] }, ['__proto__x']: 1 });
    await source.pushTask({ type: 't', data: [1, 2], note: null });
    await source.pushTask({ type: 't', data: undefined, note: 'no data' });
    const tasks = await pull(puller, 3);
    expect(tasks[0]).toMatchObject({ type: 't', data: { a: 1 }, note: 'extra', nested: { deep: [1, 2] } });
    expect(tasks[1]).toMatchObject({ data: [1, 2], note: null });
    expect(tasks[2]).toMatchObject({ data: undefined, note: 'no data' });
  });

  it.each([undefined, null, '', 0, false, [], {}, Buffer.from([0, 0xc1, 255]), 'ä'.repeat(10_000)])(
    'arrives as it was: %p',
    async (value) => {
      const { source, puller } = await batching({ batch });
      await source.pushTask('t', value);
      await source.pushSimple(value);
      expect((await puller.pullTask()).data).toEqual(value);
      expect(await puller.pullSimple()).toEqual(value);
    },
  );

  it('that is a bare value has the type unknown, and headers', async () => {
    const { source, puller } = await batching({ batch });
    await source.pushSimple({ just: 1 }, { headers: { a: 'b' } });
    await source.pushTask('typed', 2);
    expect(await puller.pullTask()).toMatchObject({
      type: 'unknown',
      data: { just: 1 },
      headers: { a: 'b' },
      priority: 0,
    });
    expect(await puller.pullSimple()).toMatchObject({ type: 'typed', data: 2 });
  });

  it('has the headers that it had when it was pushed', async () => {
    const { source, puller } = await batching({ batch });
    const headers: Record<string, string> = {};
    const pushed = [];
    for (const n of upTo(6)) {
      headers['n'] = String(n);
      pushed.push(
        n % 2 === 0 ? source.pushTask('t', n, { headers }) : source.pushTask({ type: 't', data: n, headers }),
      );
    }
    await Promise.all(pushed);
    expect((await pull(puller, 6)).map((task) => [task.data, task.headers['n']])).toEqual(
      upTo(6).map((n) => [n, String(n)]),
    );
  });

  it('passes the middleware on both sides, with its headers', async () => {
    const { source, puller } = await batching({ batch });
    const stamp =
      (name: string): Middleware['outgoing'] =>
      async (message, next) => {
        message.headers = { ...message.headers, [name]: message.direction };
        message.body = `${String(message.body)} ${name}`;
        await next();
      };
    source.addMiddleware({ name: 'pusher', outgoing: stamp('out') });
    puller.addMiddleware({ name: 'puller', incoming: stamp('in') });
    const got: unknown[] = [];
    puller.registerTaskHandler('t', ({ data, headers, id }, context) => {
      expect(context.headers).toEqual(headers);
      expect(context.requestId).toBe(id);
      got.push([data, { ...headers }]);
    });
    await puller.startWorker();
    await source.pushBatch(numbered(0, 3), { headers: { own: 'yes' } });
    await until(() => got.length === 3, 'all are done');
    expect(got).toEqual(upTo(3).map((n) => [`${n} out in`, { own: 'yes', out: 'outgoing', in: 'incoming' }]));
  });

  it('has a checksum if both sides want one', async () => {
    const source = await pusher({ batch, checksum: true });
    const puller = pullerOf(source, { checksum: true });
    const pulled = puller.pullTask();
    await source.pushTask('t', 1);
    expect((await pulled).data).toBe(1);
    expect(puller.stats().drops).toEqual({});
  });

  it('with a checksum is understood by one that does not ask for it', async () => {
    const { source, puller } = await batching({ batch, checksum: true });
    await source.pushTask('t', 1);
    expect((await puller.pullTask()).data).toBe(1);
  });

  it('without a checksum is refused by one that asks for it, and counted', async () => {
    const source = await pusher({ batch });
    const puller = pullerOf(source, { checksum: true });
    const refused = defer<string>();
    puller.on('malformed', ({ message }) => {
      refused.resolve(message);
    });
    const pulled = puller.pullTask().catch((error: unknown) => error);
    await source.pushTask('t', 1);
    expect(await refused.promise).toMatch(/has no checksum/);
    expect(puller.stats()).toMatchObject({ drops: { malformed: 1 }, errors: { PROTOCOL: 1 } });
    await puller.close();
    expect(await pulled).toMatchObject({ code: 'CLOSED' });
  });

  it('may be bytes, and hold more, bytes too', async () => {
    const { source, puller } = await batching({ batch });
    const [small, large] = [Buffer.from([0, 0xc1, 255]), Buffer.alloc(100_000, 7)];
    const given = [
      { type: 't', data: small, note: 'more', n: null },
      { type: 't', data: { a: 1 }, small, large, note: ['more'] },
      { type: 't', data: large, small: new Uint8Array(small), empty: Buffer.alloc(0) },
      { type: 't', small },
    ];
    // Others between them travel together as ever.
    const pushed = source.pushBatch(given.flatMap((task, n) => [...numbered(10 * n, 10 * n + 3), task]));
    const tasks = await pull(puller, 16);
    expect(tasks.map(({ id }) => id)).toEqual(await pushed);
    expect(dataOf(tasks.filter((_, n) => n % 4 !== 3))).toEqual([0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32]);
    const facts = { id: expect.any(String), priority: 0, headers: {}, timestamp: expect.any(Number) };
    expect(tasks.filter((_, n) => n % 4 === 3)).toEqual([
      { ...facts, ...given[0] },
      { ...facts, ...given[1] },
      { ...facts, ...given[2], small },
      { ...facts, ...given[3], data: undefined },
    ]);
  });

  it('holds what its bytes were when it was pushed', async () => {
    const { source, puller } = await batching({ batch });
    const bytes = Buffer.alloc(20_000, 'a');
    const pushed = source.pushTask({ type: 't', data: bytes, bytes });
    bytes.fill('b');
    await pushed;
    const before = Buffer.alloc(20_000, 'a');
    expect(await puller.pullTask()).toMatchObject({ data: before, bytes: before });
  });

  it('that holds more passes the middleware like any other', async () => {
    const { source, puller } = await batching({ batch });
    const seen: unknown[] = [];
    const note: Middleware['outgoing'] = async (message, next) => {
      seen.push(message.body);
      message.body = Buffer.from(`${String(message.body)}!`);
      await next();
    };
    source.addMiddleware({ name: 'pusher', outgoing: note });
    puller.addMiddleware({ name: 'puller', incoming: note });
    const pulled = puller.pullTask();
    await source.pushTask({ type: 't', data: 'text', note: 'more' });
    expect(await pulled).toMatchObject({ data: Buffer.from('text!!'), note: 'more' });
    expect(seen).toEqual(['text', Buffer.from('text!')]);
  });
});

it('a classic pusher is understood by a puller', async () => {
  const source = await pusher({ dialect: 'classic' });
  const puller = pullerOf(source);
  await puller.connect();
  const data = Buffer.from('bytes');
  const id = await source.pushTask({ type: 't', data, priority: 2, headers: { a: 'b' }, note: 'x' });
  await source.pushSimple('bare');
  expect(await puller.pullTask()).toEqual({
    ...{ id, type: 't', data, priority: 2, headers: { a: 'b' }, note: 'x' },
    timestamp: expect.any(Number),
  });
  expect(await puller.pullSimple()).toBe('bare');
});

describe('a puller that gets packets', () => {
  it('reports tasks that hold more and cannot be read, and takes the others of their packet', async () => {
    const puller = keep(await new Puller({ address: ANY_PORT, bind: true }).connect());
    const reported: string[] = [];
    puller.on('malformed', ({ message }) => reported.push(message));
    const pulled = puller.pullTask();
    const task = (kind: Kind, codec: string, body: string | Buffer): OutgoingRecord => {
      const record = new OutgoingRecord(kind, 0, 't');
      return Object.assign(record, { textId: 'id', codec, body });
    };
    const plain = new PlainPush();
    try {
      plain.connect(addressOf(puller));
      const packet = [
        task(KIND.taskWithExtra, 'json', '[["data"],1,2]'),
        task(KIND.taskWithExtra, 'parts', Buffer.from('0203000000ff', 'hex')),
        task(KIND.task, 'json', '"whole"'),
      ];
      await plain.send(packRecords(packet, {}));
      expect(await pulled).toMatchObject({ id: 'id', data: 'whole' });
    } finally {
      plain.close();
    }
    expect(reported).toEqual([
      expect.stringMatching(/a task does not name its fields/),
      expect.stringMatching(/cannot decode the parts of the data of task 't': one is longer than what there is/),
    ]);
    expect(puller.stats()).toMatchObject({ drops: { malformed: 2 }, errors: { PROTOCOL: 1, DECODE: 1 } });
  });

  it('gives one task after the other by hand and to loops, and leaving a loop loses nothing', async () => {
    const { source, puller } = await batching();
    await source.pushBatch(numbered(0, 1_000));
    const seen: unknown[] = [(await puller.pullTask()).data];
    for (const size of [1, 300, 44]) {
      let left = size;
      for await (const { data } of puller) {
        seen.push(data);
        left -= 1;
        if (left === 0) break;
      }
      seen.push((await puller.pullTask()).data);
    }
    seen.push(...dataOf(await pull(puller, 1_000 - seen.length)));
    expect(seen).toEqual(upTo(1_000));
  });

  it('hands what lies there to a worker that is started then, in order', async () => {
    const { source, puller } = await batching();
    await source.pushBatch(numbered(0, 100));
    const seen = dataOf(await pull(puller, 3));
    puller.registerTaskHandler('t', ({ data }) => void seen.push(data));
    await puller.startWorker();
    await until(() => seen.length === 100, 'all are done');
    expect(seen).toEqual(upTo(100));
  });

  it('has at most as many tasks with its handlers as it may', async () => {
    const { source, puller } = await batching();
    const held = heldHandler();
    puller.registerTaskHandler('t', held.handler);
    await puller.startWorker({ concurrency: 5 });
    await source.pushBatch(numbered(0, 600));
    await until(() => held.running === 5, 'five run');
    expect(puller.stats().inFlight).toBe(5);
    expect(held.begun).toEqual(upTo(5));
    held.open();
    await until(() => held.begun.length === 600, 'all have begun');
    expect(held.begun).toEqual(upTo(600));
    expect(held.most).toBe(5);
  });

  it('works off the rest of a packet when it is stopped, as many at a time as it may, and takes nothing more', async () => {
    const { source, puller } = await batching();
    const held = heldHandler();
    puller.registerTaskHandler('t', held.handler);
    await puller.startWorker({ concurrency: 3 });
    await source.pushBatch(numbered(0, 5_000));
    await until(() => held.running === 3, 'three run');
    const stopped = puller.stopWorker();
    const again = puller.stopWorker();
    held.open();
    await Promise.all([stopped, again]);
    const { length } = held.begun;
    expect(length).toBeGreaterThanOrEqual(200);
    expect(length).toBeLessThanOrEqual(3 * 512);
    expect(held.begun).toEqual(upTo(length));
    expect({ most: held.most, running: held.running }).toEqual({ most: 3, running: 0 });
    await puller.startWorker();
    await until(() => held.begun.length === 5_000, 'the rest is done');
    expect(held.begun).toEqual(upTo(5_000));
  });

  it('leaves what it has not begun, when the grace time of a stop is over, to whoever comes next', async () => {
    const { source, puller } = await batching();
    const held = heldHandler();
    puller.registerTaskHandler('t', held.handler);
    await puller.startWorker({ concurrency: 2 });
    await source.pushBatch(numbered(0, 100));
    await until(() => held.running === 2, 'two run');
    await puller.stopWorker({ graceMs: 20 });
    expect(held.contexts.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    held.open();
    expect(dataOf(await pull(puller, 2))).toEqual([2, 3]);
    await puller.startWorker();
    await until(() => held.begun.length === 98, 'the rest is done');
    expect(held.begun).toEqual([0, 1, ...upTo(100).slice(4)]);
    expect(held.contexts.at(-1)?.signal.aborted).toBe(false);
  });

  it('works off what has arrived when it is closed', async () => {
    const { source, puller } = await batching();
    const held = heldHandler();
    puller.registerTaskHandler('t', held.handler);
    await puller.startWorker();
    await source.pushBatch(numbered(0, 1_000));
    await until(() => held.running === 1, 'one runs');
    const closed = puller.close({ timeoutMs: 10_000 });
    held.open();
    await closed;
    expect(held.begun.length).toBeGreaterThanOrEqual(256);
    expect(held.begun).toEqual(upTo(held.begun.length));
    expect(puller.stats().drops).toEqual({});
  });

  it('is waited for by a close, though it was told to stop before', async () => {
    const { source, puller } = await batching();
    const held = heldHandler();
    puller.registerTaskHandler('t', held.handler);
    await puller.startWorker();
    await source.pushBatch(numbered(0, 10));
    await until(() => held.running === 1, 'one runs');
    const stopped = puller.stopWorker();
    const closed = puller.close({ timeoutMs: 10_000 });
    await pause(200);
    expect(puller.state).toBe('closing');
    expect(held.contexts[0]?.signal.aborted).toBe(false);
    held.open();
    await Promise.all([stopped, closed]);
    expect(held.begun).toEqual(upTo(10));
  });

  it('begins nothing more after a forced close, and counts what was left', async () => {
    const { source, puller } = await batching();
    const held = heldHandler();
    puller.registerTaskHandler('t', held.handler);
    const dropped: string[] = [];
    puller.on('dropped', ({ reason }) => dropped.push(reason));
    await puller.startWorker({ concurrency: 2 });
    await source.pushBatch(numbered(0, 100));
    await until(() => held.running === 2, 'two run');
    await puller.close({ timeoutMs: 0 });
    expect(held.contexts.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    held.open();
    await until(() => held.running === 0, 'they have ended');
    await turn();
    expect(held.begun).toEqual([0, 1]);
    expect(puller.stats()).toMatchObject({ inFlight: 0, drops: { closed: 98 } });
    expect(dropped).toEqual(upTo(98).map(() => 'closed'));
  });

  it('reports one task that fails, and goes on with the others of its packet', async () => {
    const { source, puller } = await batching();
    const failed: unknown[] = [];
    const done: unknown[] = [];
    puller.on('taskFailed', ({ task }) => failed.push(task.data));
    puller.registerTaskHandler('t', ({ data }) => {
      if (data === 3) throw new Error('sync');
      if (data === 5) return Promise.reject(new Error('async'));
      return done.push(data);
    });
    await puller.startWorker();
    await source.pushBatch(numbered(0, 8));
    await until(() => done.length === 6, 'the others are done');
    expect(failed).toEqual([3, 5]);
    expect(done).toEqual([0, 1, 2, 4, 6, 7]);
  });

  it('may be stopped by one of its handlers', async () => {
    const { source, puller } = await batching();
    const seen: unknown[] = [];
    let stopped: Promise<void> | undefined;
    puller.registerTaskHandler('t', ({ data }) => {
      seen.push(data);
      if (data === 5) stopped = puller.stopWorker();
    });
    await puller.startWorker();
    await source.pushBatch(numbered(0, 100));
    await until(() => stopped !== undefined, 'it was stopped');
    await stopped;
    expect(seen).toEqual(upTo(seen.length));
    expect(seen.length).toBeGreaterThanOrEqual(6);
  });

  it('works on very many with handlers that are done at once', async () => {
    const { source, puller } = await batching();
    const seen = new Set<unknown>();
    puller.registerTaskHandler('t', ({ data }) => void seen.add(data));
    await puller.startWorker();
    for (const { type, data } of numbered(0, 100_000)) await source.pushTask(type, data);
    await until(() => seen.size === 100_000, 'all are done', 15_000);
    expect(puller.stats()).toMatchObject({ received: { messages: 100_000 }, inFlight: 0, drops: {} });
  });

  it('lets the event loop turn, though there is always more and its handlers are done at once', async () => {
    const count = 40_000;
    const puller = keep(await new Puller({ address: ANY_PORT, bind: true, prefetchBytes: Infinity }).connect());
    await using child = startNode(
      {
        code: `
        import { Pusher } from '@liberzmq/core';
        const pusher = new Pusher({ address: process.argv[2], bind: false, batch: true });
        for (let n = 0; n < ${count}; n += 1) await pusher.pushTask('t', n);
        await pusher.close();`,
      },
      { args: [addressOf(puller)] },
    );
    let done = 0;
    let before = 0;
    let most = 0;
    puller.registerTaskHandler('t', () => {
      done += 1;
      for (const end = performance.now() + 0.02; performance.now() < end;);
    });
    const timer = setInterval(() => {
      most = Math.max(most, done - before);
      before = done;
    }, 1);
    await puller.connect({ waitForConnection: true, timeoutMs: 15_000 });
    await puller.startWorker();
    await until(() => done === count, 'all are done', 15_000);
    clearInterval(timer);
    expect(most).toBeLessThan(count / 10);
    expect(await child.exitCode).toBe(0);
  });
});

describe.each([false, true])('when one of two workers is killed (batch: %p)', (batch) => {
  it('the other one does the rest, and only what it had is lost', async () => {
    const source = await pusher({ batch, prefetchBytes: 4_096, ...(batch ? { highWaterMark: 1 } : {}) });
    const worker = {
      code: `
      import { Puller } from '@liberzmq/core';
      const puller = new Puller({ address: process.argv[2], prefetchBytes: 4096 });
      let n = 0;
      puller.registerTaskHandler('t', async () => {
        n += 1;
        if (n === 1) console.log('{}');
        await new Promise((resolve) => setTimeout(resolve, 1));
      });
      await puller.startWorker();`,
    };
    await using child = startNode(worker, { args: [addressOf(source)] });
    await source.connect({ waitForConnection: true, timeoutMs: 15_000 });
    const survivor = pullerOf(source, { prefetchBytes: 4_096 });
    const seen = new Set<number>();
    survivor.registerTaskHandler('t', ({ data }) => void seen.add((data as { n: number }).n));
    let accepted = 0;
    const push = async (count: number): Promise<void> => {
      const body = 'x'.repeat(100);
      for (let left = count; left > 0; left -= 1) {
        await source.pushTask('t', { n: accepted, body });
        accepted += 1;
      }
    };
    await push(10);
    await child.lines.nextLine();
    await survivor.startWorker();
    await push(1_000);
    const disconnected = defer();
    source.on('disconnected', () => {
      disconnected.resolve();
    });
    child.kill('SIGKILL');
    await disconnected.promise;
    const before = accepted;
    await push(3_000);
    await until(() => upTo(accepted).every((n) => n < before || seen.has(n)), 'the rest is done');
    expect(source.stats()).toMatchObject({ queued: { messages: 0 }, drops: {} });
  });
});
