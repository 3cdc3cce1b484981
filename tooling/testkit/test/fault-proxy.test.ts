import { connect, createServer, Socket, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { FaultProxy, SeededRandom, type FaultProxyOptions } from '@liberzmq-tooling/testkit';

const PATIENCE_MS = 5_000;

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** What one side of a connection has seen. */
class End {
  readonly socket: Socket;
  readonly #pieces: Buffer[] = [];
  length = 0;
  ended = false;
  error: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => {
      this.#pieces.push(bytes);
      this.length += bytes.length;
    });
    socket.on('end', () => (this.ended = true));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.error = error.code));
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  get text(): string {
    return this.bytes.toString();
  }

  send(data: string | Buffer): void {
    this.socket.write(data);
  }
}

class Bench {
  readonly server: Server;
  readonly proxy: FaultProxy;
  readonly accepted: End[] = [];
  readonly #ends: End[] = [];

  private constructor(server: Server, proxy: FaultProxy) {
    this.server = server;
    this.proxy = proxy;
    server.on('connection', (socket) => this.accepted.push(this.#keep(socket)));
  }

  static async start(options: Partial<FaultProxyOptions> = {}): Promise<Bench> {
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new Bench(server, await FaultProxy.start({ targetPort: port, ...options }));
  }

  /** A connection through the proxy: the side that connects, and the side of the target. */
  async pair(): Promise<[End, End]> {
    const before = this.accepted.length;
    const client = this.dial();
    await until(() => this.accepted.length > before, 'the target is connected');
    return [client, this.accepted[before]!];
  }

  dial(): End {
    return this.#keep(connect({ port: this.proxy.port, host: '127.0.0.1', allowHalfOpen: true }));
  }

  async close(): Promise<void> {
    for (const { socket } of this.#ends) socket.destroy();
    await this.proxy.close();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #keep(socket: Socket): End {
    const end = new End(socket);
    this.#ends.push(end);
    return end;
  }
}

const opened: Bench[] = [];

async function bench(options?: Partial<FaultProxyOptions>): Promise<Bench> {
  const made = await Bench.start(options);
  opened.push(made);
  return made;
}

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

/** Bytes that tell their place. */
function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let n = 0; n < length; n += 1) bytes[n] = n * 7 + (n >> 8);
  return bytes;
}

describe('a proxy that does nothing', () => {
  it('forwards bytes both ways, whole and in order', async () => {
    const made = await bench();
    const [client, target] = await made.pair();
    const bytes = pattern(3_000_000);
    client.send(bytes);
    target.send(bytes.subarray(1));
    await until(() => target.length === bytes.length, 'all of it is there');
    await until(() => client.length === bytes.length - 1, 'all of it is back');
    expect(target.bytes.equals(bytes)).toBe(true);
    expect(client.bytes.equals(bytes.subarray(1))).toBe(true);
    expect(made.proxy.counts).toMatchObject({
      forwarded: { there: 3_000_000, back: 2_999_999 },
      swallowed: 0,
      flips: 0,
    });
  });

  it('forwards the end of one direction, and goes on with the other', async () => {
    const made = await bench();
    const [client, target] = await made.pair();
    client.socket.end('bye');
    await until(() => target.ended, 'the target has seen the end');
    expect(target.text).toBe('bye');
    target.socket.end('good bye');
    await until(() => client.ended && made.proxy.connections === 0, 'it is over');
    expect(client.text).toBe('good bye');
    expect([client.error, target.error]).toEqual([undefined, undefined]);
  });

  it('forwards a reset', async () => {
    const made = await bench();
    const [client, target] = await made.pair();
    client.socket.resetAndDestroy();
    await until(() => target.error === 'ECONNRESET', 'the target has seen it');
    await until(() => made.proxy.connections === 0, 'it is over');
  });

  it('breaks off a connection whose target is not there', async () => {
    const { port } = (await bench()).proxy;
    await opened.pop()!.close();
    const made = await bench({ targetPort: port });
    const client = made.dial();
    await until(() => client.error === 'ECONNRESET' || client.ended, 'the client is told');
    await until(() => made.proxy.connections === 0, 'it is over');
  });
});

describe('cut', () => {
  it('resets both sides', async () => {
    const made = await bench();
    const [client, target] = await made.pair();
    made.proxy.cut();
    await until(() => client.error === 'ECONNRESET' && target.error === 'ECONNRESET', 'both are told');
    await until(() => made.proxy.connections === 0, 'it is over');
    await made.pair();
    expect(made.proxy.connections).toBe(1);
  });

  it('ends both sides in order with fin', async () => {
    const made = await bench();
    const [client, target] = await made.pair();
    made.proxy.cut({ how: 'fin' });
    await until(() => client.ended && target.ended, 'both are told');
    expect([client.error, target.error]).toEqual([undefined, undefined]);
  });

  it('can leave one side with a connection that leads nowhere', async () => {
    const made = await bench();
    const [client, target] = await made.pair();
    made.proxy.cut({ direction: 'there' });
    await until(() => target.error === 'ECONNRESET', 'the target is told');
    client.send('is somebody there?');
    await until(() => made.proxy.counts.swallowed === 18, 'it is swallowed');
    expect([client.ended, client.error]).toEqual([false, undefined]);
    client.socket.end();
    await until(() => made.proxy.connections === 0, 'it is over');
  });

  it('of one side is completed when all is healed', async () => {
    const made = await bench();
    const [client, target] = await made.pair();
    made.proxy.cut({ direction: 'there' });
    await until(() => target.error === 'ECONNRESET', 'the target is told');
    made.proxy.heal();
    await until(() => client.error === 'ECONNRESET' && made.proxy.connections === 0, 'the client is told as well');
  });
});

it('refuses connections until it accepts them again', async () => {
  const made = await bench();
  made.proxy.refuse();
  const refused = made.dial();
  await until(() => refused.error === 'ECONNRESET' || refused.ended, 'it is refused');
  expect(made.accepted).toEqual([]);
  expect(made.proxy.counts).toMatchObject({ connections: 0, refused: 1 });
  made.proxy.accept();
  await made.pair();
});

describe('delay', () => {
  it('holds bytes for the time, and keeps their order with jitter', async () => {
    const made = await bench();
    made.proxy.delay(60, 30);
    const [client, target] = await made.pair();
    const from = performance.now();
    for (const letter of 'abcdefghij') {
      client.send(letter);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => target.length === 10, 'all have come');
    expect(performance.now() - from).toBeGreaterThanOrEqual(59);
    expect(target.text).toBe('abcdefghij');
  });

  it('can be confined to one direction', async () => {
    const made = await bench();
    made.proxy.delay(60_000, 0, { direction: 'back' });
    const [client, target] = await made.pair();
    target.send('late');
    client.send('now');
    await until(() => target.text === 'now', 'it has come');
    expect(client.text).toBe('');
  });
});

describe('stall', () => {
  it('forwards nothing, not even the end, until it is resumed', async () => {
    const made = await bench();
    const [client, target] = await made.pair();
    client.send('before');
    await until(() => target.text === 'before', 'it goes through');
    made.proxy.stall();
    client.socket.end(' after');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([target.text, target.ended]).toEqual(['before', false]);
    made.proxy.resume();
    await until(() => target.ended, 'all has come');
    expect(target.text).toBe('before after');
  });

  it('holds up the sender, with bounded memory', async () => {
    const made = await bench({ bufferBytes: 10_000 });
    const [client, target] = await made.pair();
    made.proxy.stall();
    const bytes = pattern(20_000_000);
    client.send(bytes);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(client.socket.writableLength).toBeGreaterThan(0);
    expect(made.proxy.counts).toMatchObject({ forwarded: { there: 0 }, swallowed: 0 });
    made.proxy.resume();
    await until(() => target.length === bytes.length, 'all has come');
    expect(target.bytes.equals(bytes)).toBe(true);
  });

  it('can swallow what is sent, and cuts what has lost bytes', async () => {
    const made = await bench();
    const [client, target] = await made.pair();
    const [idle] = await made.pair();
    made.proxy.stall({ swallow: true });
    client.send(Buffer.alloc(10_000_000));
    await until(() => made.proxy.counts.swallowed === 10_000_000, 'it is swallowed');
    expect([target.length, target.error, client.error]).toEqual([0, undefined, undefined]);
    made.proxy.resume();
    await until(() => client.error === 'ECONNRESET' && target.error === 'ECONNRESET', 'both are told');
    expect(made.proxy.connections).toBe(1);
    expect([idle.error, idle.ended]).toEqual([undefined, false]);
  });

  it('may throw away what was held, with its connection', async () => {
    const made = await bench();
    const [client, target] = await made.pair();
    made.proxy.stall();
    client.send('lost');
    made.proxy.resume({ discard: true });
    await until(() => target.error === 'ECONNRESET' && client.error === 'ECONNRESET', 'both are told');
    expect(target.text).toBe('');
  });

  it('takes new connections, which get through when it is over', async () => {
    const made = await bench();
    made.proxy.stall();
    const [client, target] = await made.pair();
    client.send('hello');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(target.text).toBe('');
    made.proxy.resume();
    await until(() => target.text === 'hello', 'it has come');
  });
});

it('truncates after exactly so many bytes', async () => {
  const made = await bench();
  const [client, target] = await made.pair();
  client.send('123');
  await until(() => target.text === '123', 'it goes through');
  made.proxy.truncate(4, { how: 'fin', direction: 'there' });
  client.send('4567890');
  await until(() => target.ended && made.proxy.connections === 0, 'it is cut');
  expect(target.text).toBe('1234567');
  const [again, other] = await made.pair();
  again.send('1234567890');
  await until(() => other.text === '1234567890', 'a new connection is whole');
});

it('throttles', async () => {
  const made = await bench();
  made.proxy.throttle(100_000);
  const [client, target] = await made.pair();
  const bytes = pattern(20_000);
  const from = performance.now();
  client.send(bytes);
  await until(() => target.length === bytes.length, 'all has come');
  expect(performance.now() - from).toBeGreaterThan(150);
  expect(target.bytes.equals(bytes)).toBe(true);
  made.proxy.throttle(Infinity);
  client.send(pattern(5_000_000));
  await until(() => target.length === 5_020_000, 'it is fast again');
});

it('sleeps between writes when it throttles to a high rate', async () => {
  const made = await bench();
  made.proxy.throttle(20_000_000, { direction: 'there' });
  const [client, target] = await made.pair();
  const write = jest.spyOn(Socket.prototype, 'write');
  try {
    const from = performance.now();
    client.send(pattern(3_000_000));
    await until(() => target.length === 3_000_000, 'all has come');
    const ms = performance.now() - from;
    expect(ms).toBeGreaterThan(120);
    // One for each 5 ms, and one at the end of each piece that was read.
    expect(write.mock.calls.length).toBeLessThan(200);
  } finally {
    write.mockRestore();
  }
});

it('forwards nothing when it throttles to nothing, until it may', async () => {
  const made = await bench();
  made.proxy.throttle(0);
  const [client, target] = await made.pair();
  const timers = jest.spyOn(globalThis, 'setTimeout');
  try {
    client.send('held');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(target.text).toBe('');
    expect(timers.mock.calls.length).toBeLessThan(5);
  } finally {
    timers.mockRestore();
  }
  made.proxy.throttle(Infinity);
  await until(() => target.text === 'held', 'it has come');
});

describe('flip', () => {
  /** The places at which bytes were changed, each with the bits. */
  function changes(before: Buffer, after: Buffer): [number, number][] {
    return [...after].flatMap((byte, n) => (byte === before[n] ? [] : [[n, byte ^ before[n]!]]));
  }

  async function flipped(seed: number, pieces: number): Promise<[number, number][]> {
    const made = await bench({ seed });
    made.proxy.flip({ everyBytes: 1_000, afterBytes: 500, direction: 'there' });
    const [client, target] = await made.pair();
    const bytes = pattern(50_500);
    for (let n = 0; n < pieces; n += 1) {
      client.send(
        bytes.subarray(Math.floor((n * bytes.length) / pieces), Math.floor(((n + 1) * bytes.length) / pieces)),
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => target.length === bytes.length, 'all has come');
    expect(made.proxy.counts.flips).toBe(50);
    return changes(bytes, target.bytes);
  }

  it('hits one bit of every so many bytes, at places that follow from the seed alone', async () => {
    const hits = await flipped(7, 1);
    expect(hits).toHaveLength(50);
    for (const [index, [place, bits]] of hits.entries()) {
      expect(Math.floor((place - 500) / 1_000)).toBe(index);
      expect(Math.log2(bits) % 1).toBe(0);
    }
    expect(await flipped(7, 13)).toEqual(hits);
    expect(await flipped(8, 1)).not.toEqual(hits);
  });

  it('hits each byte with a probability, in both directions, until told otherwise', async () => {
    const made = await bench();
    const [client, target] = await made.pair();
    made.proxy.flip({ probability: 0.01 });
    const bytes = pattern(100_000);
    client.send(bytes);
    target.send(bytes);
    await until(() => target.length + client.length === 200_000, 'all has come');
    for (const end of [client, target]) {
      expect(changes(bytes, end.bytes).length).toBeGreaterThan(800);
      expect(changes(bytes, end.bytes).length).toBeLessThan(1_200);
    }
    made.proxy.heal();
    client.send(bytes);
    await until(() => target.length === 200_000, 'all has come');
    expect(changes(bytes, target.bytes.subarray(100_000))).toEqual([]);
  });
});

it('tells what it did', async () => {
  const made = await bench({ seed: 5 });
  await made.pair();
  made.proxy.delay(10, 5, { direction: 'back' });
  made.proxy.cut({ how: 'fin' });
  await until(() => made.proxy.connections === 0, 'it is over');
  expect(made.proxy.log.map(({ what }) => what)).toEqual([
    'connection 1 is open',
    'delay 10 ms, jitter 5 ms, back',
    'cut 1 connections by fin',
    'connection 1 is gone',
  ]);
  expect(made.proxy.describe()).toMatch(/^proxy with seed 5:\n {2}[\d.]+ ms: connection 1 is open\n/);
});

it('can be closed in any state, and more than once', async () => {
  const made = await bench();
  const [client] = await made.pair();
  made.proxy.stall();
  made.proxy.delay(60_000);
  made.proxy.throttle(1);
  client.send(Buffer.alloc(1_000_000));
  made.proxy.cut({ how: 'fin', direction: 'there' });
  await Promise.all([made.proxy.close(), made.proxy.close()]);
  expect(made.proxy.connections).toBe(0);
});

describe('a seeded random', () => {
  it('is the same for the same seed, and forks by number', () => {
    const draw = (random: SeededRandom): number[] => Array.from({ length: 5 }, () => random.integer(1, 1_000));
    expect(draw(new SeededRandom(3))).toEqual(draw(new SeededRandom(3)));
    expect(draw(new SeededRandom(3))).not.toEqual(draw(new SeededRandom(4)));
    const used = new SeededRandom(3);
    draw(used);
    expect(draw(used.fork(2))).toEqual(draw(new SeededRandom(3).fork(2)));
    expect(draw(used.fork(2))).not.toEqual(draw(used.fork(1)));
  });

  it('is spread evenly', () => {
    const random = new SeededRandom(1);
    const counts = [0, 0, 0, 0];
    for (let n = 0; n < 8_000; n += 1) counts[random.integer(0, 3)]! += 1;
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(200);
    expect(['a', 'b']).toContain(random.pick(['a', 'b']));
    expect(random.chance(0)).toBe(false);
    expect(random.chance(1)).toBe(true);
  });
});
