import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { BitFlips, type FlipOptions } from './bit-flips.js';
import { Lane, reset, type LaneFaults } from './fault-lane.js';
import { SeededRandom } from './seeded-random.js';

/** Which way bytes go: from whoever connects to the proxy to the target, or back. */
export type Direction = 'there' | 'back';

/** For faults that can be confined to one direction. */
export interface FaultScope {
  /** @defaultValue both */
  direction?: Direction;
}

/** For {@link FaultProxy.start}. */
export interface FaultProxyOptions {
  /** Where connections lead to, on 127.0.0.1. */
  targetPort: number;
  /** Where it listens. @defaultValue 0: a free port */
  port?: number;
  /** Decides the jitter and which bits are flipped. @defaultValue 1 */
  seed?: number;
  /** How much a direction of a connection holds before its source is held up. @defaultValue 1048576 (1 MiB) */
  bufferBytes?: number;
}

/** For {@link FaultProxy.cut}. */
export interface CutOptions extends FaultScope {
  /** `rst` breaks the connection off, `fin` ends it in order. @defaultValue 'rst' */
  how?: 'rst' | 'fin';
}

/** Something that the proxy did. */
export interface FaultRecord {
  /** In ms since it was started. */
  readonly atMs: number;
  readonly what: string;
}

/** What it has done so far. */
export interface FaultCounts {
  readonly connections: number;
  readonly refused: number;
  readonly forwarded: Readonly<Record<Direction, number>>;
  /** Bytes that were taken and not forwarded. */
  readonly swallowed: number;
  readonly flips: number;
}

const DIRECTIONS = ['there', 'back'] as const;
const BUFFER_BYTES = 1_048_576;
const LONGEST_LOG = 2_000;

/**
 * A TCP proxy between two real endpoints, which does to their connections what networks do. What is set holds for all connections, those to come
 * too, until it is set anew; {@link heal} ends all of it. Chance comes from a seed.
 * @example
 * ```ts
 * await using proxy = await FaultProxy.start({ targetPort: 5556 });
 * const client = new Client({ address: proxy.address });
 * proxy.stall(); // the cable is pulled
 * proxy.resume(); // and put back
 * proxy.cut();
 * ```
 */
export class FaultProxy implements AsyncDisposable {
  readonly seed: number;
  readonly #targetPort: number;
  readonly #bufferBytes: number;
  readonly #server: Server;
  readonly #startedAt = performance.now();
  readonly #connections = new Set<ProxiedConnection>();
  readonly #log: FaultRecord[] = [];
  readonly #faults: Readonly<Record<Direction, LaneFaults>> = { there: noFaults(), back: noFaults() };
  readonly #flips: Record<Direction, FlipOptions | undefined> = { there: undefined, back: undefined };
  readonly #counts = { connections: 0, refused: 0, forwarded: { there: 0, back: 0 }, swallowed: 0, flips: 0 };
  #refusing = false;
  #closed: Promise<void> | undefined;

  private constructor({ targetPort, seed = 1, bufferBytes = BUFFER_BYTES }: FaultProxyOptions) {
    this.seed = seed;
    this.#targetPort = targetPort;
    this.#bufferBytes = bufferBytes;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
      this.#onConnection(socket);
    });
  }

  /** Resolves when it listens. */
  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where endpoints connect to. */
  get address(): string {
    return `tcp://127.0.0.1:${this.port}`;
  }

  /** Connections that are there now. */
  get connections(): number {
    return this.#connections.size;
  }

  /** What it did, the last of it. */
  get log(): readonly FaultRecord[] {
    return this.#log;
  }

  /** What it has done so far, in numbers. */
  get counts(): FaultCounts {
    return { ...this.#counts, forwarded: { ...this.#counts.forwarded } };
  }

  /**
   * Ends the connections that are there, at once: what is on its way is lost. With a direction, only those to whom its bytes went are told: the others
   * keep a connection that leads nowhere.
   */
  cut({ how = 'rst', direction }: CutOptions = {}): void {
    this.#record(`cut ${this.connections} connections by ${how}${towards(direction)}`);
    for (const connection of [...this.#connections]) connection.cut(how, direction);
  }

  /** New connections are broken off as soon as they are made. */
  refuse(): void {
    this.#record('refuse new connections');
    this.#refusing = true;
  }

  /** New connections are taken again. */
  accept(): void {
    this.#record('accept new connections');
    this.#refusing = false;
  }

  /** Holds each byte for so long, and for a random time up to the jitter more. Order is kept. */
  delay(ms: number, jitterMs = 0, { direction }: FaultScope = {}): void {
    this.#record(`delay ${ms} ms, jitter ${jitterMs} ms${towards(direction)}`);
    this.#setFaults(direction, { delayMs: ms, jitterMs });
  }

  /** Forwards no more than so many bytes a second on each connection; `Infinity` is as fast as it gets. */
  throttle(bytesPerSecond: number, { direction }: FaultScope = {}): void {
    this.#record(`throttle to ${bytesPerSecond} bytes a second${towards(direction)}`);
    this.#setFaults(direction, { bytesPerSecond });
  }

  /**
   * As if the cable was pulled: connections stay open, and nothing is forwarded, not even their end. New ones are taken and get no further.
   * With `swallow`, what is sent is taken and thrown away, as if the network had no end; otherwise it stays where it is, and the kernel holds up the sender.
   */
  stall({ direction, swallow = false }: FaultScope & { swallow?: boolean } = {}): void {
    this.#record(`stall${swallow ? ', and swallow what comes' : ''}${towards(direction)}`);
    this.#setFaults(direction, { stalled: swallow ? 'swallowed' : 'held' });
  }

  /** Puts the cable back: what was held goes on its way. Connections that have lost bytes, or lead nowhere, are cut; with `discard`, all of them. */
  resume({ direction, discard = false }: FaultScope & { discard?: boolean } = {}): void {
    this.#record(`resume${discard ? ', and discard what was held' : ''}${towards(direction)}`);
    for (const connection of [...this.#connections]) if (discard || connection.isLossy) connection.cut('rst');
    this.#setFaults(direction, { stalled: 'no' });
  }

  /** The connections that are there forward so many more bytes each, in each direction, and are cut then. */
  truncate(afterBytes: number, { how = 'rst', direction }: CutOptions = {}): void {
    this.#record(`cut by ${how} after ${afterBytes} more bytes${towards(direction)}`);
    for (const connection of this.#connections) connection.truncate(afterBytes, how, direction);
  }

  /** Flips bits of what is forwarded from now on; without options it flips no more. */
  flip(options?: FlipOptions & FaultScope): void {
    const { direction, ...flips } = options ?? {};
    this.#record(options === undefined ? 'flip no more' : `flip bits ${JSON.stringify(flips)}${towards(direction)}`);
    for (const each of directions(direction)) {
      this.#flips[each] = options && flips;
      for (const connection of this.#connections) this.#setFlips(connection, each);
    }
  }

  /** From now on nothing is wrong. Connections that have lost bytes, or lead nowhere, are cut. */
  heal(): void {
    this.accept();
    this.delay(0);
    this.throttle(Infinity);
    this.flip();
    this.resume();
  }

  /** The log as text, for messages of tests that fail. */
  describe(last = 30): string {
    const lines = this.#log.slice(-last).map(({ atMs, what }) => `${atMs.toFixed(1)} ms: ${what}`);
    return [`proxy with seed ${this.seed}:`, ...lines].join('\n  ');
  }

  /** Ends all connections and listens no more. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const connections = [...this.#connections];
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const connection of connections) connection.cut('rst');
    await Promise.all([closed, ...connections.map(({ gone }) => gone)]);
  }

  #onConnection(client: Socket): void {
    if (this.#refusing || this.#closed !== undefined) {
      this.#counts.refused += 1;
      this.#record('refused a connection');
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    this.#counts.connections += 1;
    const number = this.#counts.connections;
    this.#record(`connection ${number} is open`);
    const random = new SeededRandom(this.seed).fork(number);
    const target = createConnection({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const connection = new ProxiedConnection(number, client, target, (direction, from, to, truncated) => {
      return new Lane(from, to, this.#bufferBytes, {
        faults: this.#faults[direction],
        random: () => random.next(),
        onForwarded: (bytes) => (this.#counts.forwarded[direction] += bytes),
        onSwallowed: (bytes) => (this.#counts.swallowed += bytes),
        onFlip: (position, bit) => {
          this.#counts.flips += 1;
          this.#record(`flipped bit ${bit} of byte ${position} of connection ${number}, ${direction}`);
        },
        onTruncated: () => {
          this.#record(`connection ${number} is cut after byte ${connection.lanes[direction].position}, ${direction}`);
          truncated();
        },
      });
    });
    this.#connections.add(connection);
    void connection.gone.then(() => {
      this.#connections.delete(connection);
      this.#record(`connection ${number} is gone`);
    });
    for (const direction of DIRECTIONS) if (this.#flips[direction]) this.#setFlips(connection, direction);
  }

  #setFaults(direction: Direction | undefined, faults: Partial<LaneFaults>): void {
    for (const each of directions(direction)) {
      Object.assign(this.#faults[each], faults);
      for (const { lanes } of [...this.#connections]) lanes[each].pump();
    }
  }

  #setFlips({ lanes, number }: ProxiedConnection, direction: Direction): void {
    const flips = this.#flips[direction];
    const random = new SeededRandom(flips?.seed ?? this.seed).fork(2 * number + DIRECTIONS.indexOf(direction));
    lanes[direction].flip(flips && new BitFlips(flips, random, lanes[direction].position));
  }

  #record(what: string): void {
    this.#log.push({ atMs: performance.now() - this.#startedAt, what });
    if (this.#log.length > LONGEST_LOG) this.#log.shift();
  }
}

/** Two sockets and the two lanes between them. */
class ProxiedConnection {
  readonly number: number;
  readonly lanes: Readonly<Record<Direction, Lane>>;
  readonly #ends: Readonly<Record<Direction, Socket>>;
  /** Resolves when both sockets are closed. */
  readonly gone: Promise<void>;
  #truncation: 'rst' | 'fin' = 'rst';

  constructor(
    number: number,
    client: Socket,
    target: Socket,
    newLane: (direction: Direction, from: Socket, to: Socket, onTruncated: () => void) => Lane,
  ) {
    this.number = number;
    const onTruncated = (): void => {
      this.cut(this.#truncation);
    };
    this.#ends = { there: target, back: client };
    this.lanes = {
      there: newLane('there', client, target, onTruncated),
      back: newLane('back', target, client, onTruncated),
    };
    this.gone = Promise.all([closeOf(client), closeOf(target)]).then(() => {
      for (const each of DIRECTIONS) this.lanes[each].stop();
    });
  }

  get isLossy(): boolean {
    return this.lanes.there.isLossy || this.lanes.back.isLossy;
  }

  truncate(afterBytes: number, how: 'rst' | 'fin', direction: Direction | undefined): void {
    this.#truncation = how;
    for (const each of directions(direction)) this.lanes[each].truncate(afterBytes);
  }

  cut(how: 'rst' | 'fin', direction?: Direction): void {
    for (const each of DIRECTIONS) this.lanes[each].swallow();
    for (const each of directions(direction)) {
      const end = this.#ends[each];
      if (how === 'rst') reset(end);
      else end.destroySoon();
    }
  }
}

function closeOf(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve));
}

function noFaults(): LaneFaults {
  return { delayMs: 0, jitterMs: 0, bytesPerSecond: Infinity, stalled: 'no' };
}

function directions(direction: Direction | undefined): readonly Direction[] {
  return direction === undefined ? DIRECTIONS : [direction];
}

function towards(direction: Direction | undefined): string {
  return direction === undefined ? '' : `, ${direction}`;
}
