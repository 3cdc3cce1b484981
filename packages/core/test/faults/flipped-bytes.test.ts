import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Puller, Pusher, Server, type LiberZMQError } from '@liberzmq/core';
import { SeededRandom, type FaultProxy } from '@liberzmq-tooling/testkit';
import { ANY_PORT, closeAfterEach, until, upTo } from '../integration/endpoints.js';
import { hasNothingLeft, pause, proxyAfterEach, seeds } from './proxied.js';
import { RequestStorm } from './request-storm.js';

const keep = closeAfterEach();
const through = proxyAfterEach();

const STORM_MS = 600;
const CLIENTS = 2;
const CHECKSUM = { checksum: true };
/** More than any handshake takes: what is hit behind them are messages. */
const HANDSHAKE_BYTES = 400;
/** A length that was hit makes its reader wait for bytes that never come, until enough others have: no more than this. */
const LIMITS = { maxMessageBytes: 65_536 };
const RECONNECT = { reconnectIntervalMs: 5, reconnectMaxIntervalMs: 40, handshakeTimeoutMs: 300 };

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});

afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

/** Requests large enough that a reader that waits for bytes gets them soon. */
async function worksAgain(client: Client): Promise<void> {
  const filling = 'x'.repeat(5_000);
  let answered = false;
  for (const end = performance.now() + 10_000; !answered;) {
    const replies = upTo(20).map((n) => client.sendRequest('echo', { n, filling }, { timeoutMs: 500 }));
    const settled = await Promise.allSettled(replies);
    answered = settled.some(({ status }) => status === 'fulfilled');
    if (!answered && performance.now() > end) throw new Error('the client does not work again');
  }
}

/**
 * Without a checksum a bit may make of a greeting that of an old version of the protocol, whose handshake has no end that libzmq tells, or of a message
 * the news that the server is closing. What a connection was told holds as long as it lives.
 */
function startAnew(proxy: FaultProxy): void {
  proxy.cut();
}

interface Outcome {
  readonly storm: RequestStorm;
  readonly replay: () => string;
}

/** Requests of several clients, while bits are flipped; then all must be as it was. */
async function stormOf(
  seed: number,
  options: object,
  flip: (proxy: FaultProxy, random: SeededRandom) => void,
  stop: (proxy: FaultProxy) => void = () => undefined,
): Promise<Outcome> {
  const random = new SeededRandom(seed);
  const storm = new RequestStorm(random.fork(1));
  const server = keep(new Server({ address: ANY_PORT, ...LIMITS, ...options }));
  storm.serve(server);
  server.registerHandler('echo', (data) => data);
  await server.startServer();
  const proxy = await through(server, { seed });
  const clients = upTo(CLIENTS).map(() =>
    keep(new Client({ address: proxy.address, ...LIMITS, ...RECONNECT, ...options })),
  );
  const replay = (): string => `seed ${seed}: ${JSON.stringify(storm.summary)}\n${proxy.describe()}`;
  try {
    flip(proxy, random.fork(2));
    await Promise.all(clients.map((client) => storm.ask(client, STORM_MS)));
    proxy.flip();
    stop(proxy);
    await until(() => storm.settled >= storm.asked, 'all requests have settled', 8_000);
    await storm.over();
    expect(storm.settled).toBe(storm.asked);
    expect(proxy.counts.flips).toBeGreaterThan(0);
    await Promise.all(clients.map(worksAgain));
    await until(() => clients.every(hasNothingLeft), 'nothing is under way');
    await Promise.all(clients.map((client) => client.close()));
    await until(() => server.stats().inFlight === 0, 'no handler runs');
    await pause(20);
    await server.close();
  } catch (error) {
    throw new Error(replay(), { cause: error });
  }
  return { storm, replay };
}

describe('bits that are flipped on the way', () => {
  it.each(seeds(1, 2, 3))('of messages crash nothing, and leave no request unsettled (seed %i)', async (seed) => {
    const { storm, replay } = await stormOf(
      seed,
      {},
      (proxy, random) => {
        proxy.flip({ everyBytes: random.integer(1_000, 8_000), afterBytes: HANDSHAKE_BYTES });
      },
      startAnew,
    );
    if (storm.summary['ok'] === undefined) throw new Error(`no request came through: ${replay()}`);
  });

  it.each(seeds(4, 5))('of handshakes crash nothing, and leave no request unsettled (seed %i)', async (seed) => {
    await stormOf(
      seed,
      {},
      (proxy, random) => {
        proxy.flip({ everyBytes: random.integer(30, 150) });
      },
      startAnew,
    );
  });

  it.each(seeds(1, 2, 3, 4))(
    'are noticed with a checksum: whatever is told of a request is true (seed %i)',
    async (seed) => {
      const { storm, replay } = await stormOf(seed, CHECKSUM, (proxy, random) => {
        proxy.flip({ everyBytes: random.integer(500, 4_000), afterBytes: HANDSHAKE_BYTES });
      });
      try {
        expect(storm.lies()).toEqual([]);
        expect(Object.keys(storm.summary).filter((how) => /wrong|not ours/.test(how))).toEqual([]);
      } catch (error) {
        throw new Error(replay(), { cause: error });
      }
    },
  );

  it.each(seeds(1, 2))('are noticed with a checksum: no task arrives that was not sent (seed %i)', async (seed) => {
    const pusher = keep(await new Pusher({ address: ANY_PORT, ...LIMITS, ...CHECKSUM }).connect());
    const proxy = await through(pusher, { seed });
    proxy.flip({ everyBytes: 3_000, afterBytes: HANDSHAKE_BYTES });
    const puller = keep(new Puller({ address: proxy.address, ...LIMITS, ...RECONNECT, ...CHECKSUM }));
    const wrong: unknown[] = [];
    let right = 0;
    puller.setDefaultHandler(({ type, data }) => {
      const { n, square } = data as { n: number; square: number };
      if (type === 't' && square === n * n) right += 1;
      else wrong.push({ type, data });
    });
    await puller.startWorker();
    let pushed = 0;
    for (const end = performance.now() + STORM_MS; performance.now() < end; pushed += 1) {
      await pusher.pushTask('t', { n: pushed, square: pushed ** 2 }, { timeoutMs: 5_000 }).catch(codeOf);
    }
    proxy.flip();
    const before = right;
    for (const end = performance.now() + 8_000; right === before;) {
      if (performance.now() > end) throw new Error(`no task comes through any more: ${proxy.describe()}`);
      await pusher.pushTask('t', { n: 7, square: 49, filling: 'x'.repeat(5_000) }, { timeoutMs: 5_000 });
      await pause(5);
    }
    expect({ seed, wrong }).toEqual({ seed, wrong: [] });
  });
});

function codeOf(error: LiberZMQError): string {
  return error.code;
}
