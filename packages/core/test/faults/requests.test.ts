import { describe, expect, it } from '@jest/globals';
import { Client, LiberZMQError, Server } from '@liberzmq/core';
import { SeededRandom } from '@liberzmq-tooling/testkit';
import { ANY_PORT, closeAfterEach, until, upTo } from '../integration/endpoints.js';
import { hasNothingLeft, pause, proxyAfterEach, seeds } from './proxied.js';
import { badWeather, RequestStorm } from './request-storm.js';

const keep = closeAfterEach();
const through = proxyAfterEach();

const STORM_MS = 900;
const CLIENTS = 3;
/** One client has little room below it and much to send, so that many of its requests are over while they are being handed down. */
const CRAMPED = { highWaterMark: 1 };
const LARGE = { share: 0.3, bytes: 150_000 };
const RECONNECT = { reconnectIntervalMs: 5, reconnectMaxIntervalMs: 40, handshakeTimeoutMs: 300 };
/** A connection that has died without a word is noticed well within the time in which all has to work again. */
const PINGS = { pingIntervalMs: 400, deadPeerMs: 2_000 };

/** A request that succeeds shows that the way is open again. What was handed to a connection that is being lost may fail, and is asked anew. */
async function worksAgain(client: Client): Promise<void> {
  for (const end = performance.now() + 8_000; ;) {
    try {
      expect(await client.sendRequest('echo', 'hello', { timeoutMs: 1_000 })).toBe('hello');
      return;
    } catch (error) {
      if (!(error instanceof LiberZMQError) || performance.now() > end) throw error;
    }
  }
}

describe.each([
  ['clients that connect', seeds(1, 2, 3, 4)],
  ['a client that is bound, and a server that connects', seeds(5, 6)],
])('%s', (what, chosen) => {
  it.each(chosen)(
    'tell the truth about each of their requests, whatever becomes of the connections (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed);
      const storm = new RequestStorm(random.fork(1));
      const bound = what.startsWith('a client');
      const clients: Client[] = [];
      let server;
      let proxy;
      if (bound) {
        const client = keep(await new Client({ address: ANY_PORT, bind: true }).connect());
        proxy = await through(client, { seed });
        server = keep(new Server({ address: proxy.address, bind: false, ...RECONNECT, ...PINGS }));
        clients.push(client);
      } else {
        server = keep(await new Server({ address: ANY_PORT }).connect());
        proxy = await through(server, { seed });
        for (const n of upTo(CLIENTS)) {
          clients.push(
            keep(new Client({ address: proxy.address, ...RECONNECT, ...PINGS, ...(n === 0 ? CRAMPED : {}) })),
          );
        }
      }
      storm.serve(server);
      server.registerHandler('echo', (data) => data);
      await server.startServer();

      const weather = badWeather(proxy, random.fork(2), STORM_MS);
      await Promise.all(clients.map((client, n) => storm.ask(client, STORM_MS, n === 0 && !bound ? LARGE : undefined)));
      await weather;
      const replay = (): string => `seed ${seed}: ${JSON.stringify(storm.summary)}\n${proxy.describe()}`;
      try {
        await until(() => storm.settled >= storm.asked, 'all requests have settled', 8_000);
        await storm.over();
        await Promise.all(clients.map(worksAgain));
        await until(() => clients.every(hasNothingLeft), 'nothing is under way');
        // What libzmq still has may leave until its time to linger is over: nothing of it may run what was said not to have been sent.
        await Promise.all(clients.map((client) => client.close()));
        await until(() => proxy.connections === 0 || bound, 'the connections are gone');
        await until(() => server.stats().inFlight === 0, 'no handler runs');
        await pause(20);
        await server.close();
        expect(storm.lies()).toEqual([]);
        expect(storm.settled).toBe(storm.asked);
        expect(Object.keys(storm.summary).filter((how) => !EXPECTED.has(how))).toEqual([]);
        expect(storm.summary['ok']).toBeGreaterThan(0);
      } catch (error) {
        throw new Error(replay(), { cause: error });
      }
      if (process.env['FAULT_SEEDS'] !== undefined) process.stderr.write(`${replay().split('\n')[0]}\n`);
    },
  );
});

/** What may become of a request in a network that breaks down, and delivers nothing wrong. */
const EXPECTED = new Set([
  'ok',
  'REMOTE answered',
  'TIMEOUT unknown',
  'TIMEOUT not-sent',
  'ABORTED unknown',
  'ABORTED not-sent',
  'CONNECTION_LOST unknown',
  'CONNECTION_LOST not-sent',
]);
