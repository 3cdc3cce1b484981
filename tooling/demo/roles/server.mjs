import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Server, Subscriber } from '@liberzmq/core';
import '@liberzmq/serializers';
import { typedClient, typedServer, typedSubscriber } from '@liberzmq/validation';
import { contract } from '../contract.mjs';
import { Seen } from '../data/seen.mjs';
import { exposeMetrics } from '../observe/metrics.mjs';
import { play } from './role.mjs';

const RETRY_COPY_MS = 20;
// In the end nobody waits for more records; when the demo is interrupted, whoever does may go without.
const CLOSE_MS = 1_000;

/** @typedef {{ publisher: string, address?: string, copyFrom?: string }} Options */
/** @typedef {import('../data/seen.mjs').RecordMessage | import('../data/seen.mjs').EndMessage} Message */

/** Answers queries on what it has seen of all streams. After a crash it takes the past over from another server. */
await play(async (/** @type {Options} */ { publisher, address = 'tcp://127.0.0.1:*', copyFrom }, runner) => {
  const seen = new Seen();
  let answered = 0;
  const metrics = await exposeMetrics();
  runner.showsProgress(() => ({ answered, records: seen.records }));

  const server = typedServer(new Server({ address }).addMiddleware(runner.tracing), contract).handle({
    summary: (topic) => {
      answered += 1;
      return seen.aggregates.of(topic) ?? null;
    },
    topics: () => seen.aggregates.topics,
    copy: () => seen.copy(),
    waitFor: async (records, { signal }) => {
      // The signal aborts when nobody waits for the answer any more.
      while (seen.records < records && !seen.complete) await once(seen.changes, 'change', { signal });
      answered += 1;
      return { records: seen.records, complete: seen.complete };
    },
  });

  /** @type {[string, Message][] | undefined} What came before the past was here. */
  let early = [];
  const subscriber = new Subscriber({ address: publisher });
  typedSubscriber(subscriber, contract).subscribe('>', (topic, message) => {
    if (early === undefined) seen.take(topic, message);
    else early.push([topic, message]);
  });

  try {
    await subscriber.startListening();
    if (copyFrom !== undefined) seen.restore(await takeCopy(copyFrom, () => early?.[0]?.[1].seq, runner.signal));
    const copied = seen.records;
    for (const [topic, message] of early) seen.take(topic, message);
    early = undefined;

    // Only now: who can connect gets right answers.
    await server.startServer();
    await runner.ready({ address: server.boundAddress, copied, metrics: metrics.url });
    await runner.stopped();
  } finally {
    await server.close({ timeoutMs: CLOSE_MS });
    await subscriber.close();
    await metrics.close();
  }
  return { records: seen.records, lost: seen.lost, answered };
});

/**
 * Takes a copy that leaves no gap before the first message of the stream: the stream is joined first, then the past is fetched.
 *
 * @param {string} address
 * @param {() => number | undefined} firstSeq
 * @param {AbortSignal} signal
 */
async function takeCopy(address, firstSeq, signal) {
  const client = typedClient(new Client({ address }), contract);
  try {
    for (;;) {
      const copy = await client.copy(undefined, { signal });
      const first = firstSeq();
      if (copy.complete || (first !== undefined && first <= copy.last + 1)) return copy;
      await delay(RETRY_COPY_MS, undefined, { signal });
    }
  } finally {
    await client.close();
  }
}
