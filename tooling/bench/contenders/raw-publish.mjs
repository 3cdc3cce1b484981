import { setTimeout as delay } from 'node:timers/promises';
import { Publisher, Subscriber } from 'zeromq';
import { decodeValue, encodeValue } from './raw-body.mjs';
import { sendQueue } from './send-queue.mjs';

const TOPIC = 'measure';
const MARKS = 10_000;
const PAUSE_MS = 1;

/**
 * PUB and SUB, each send awaited. By itself a PUB drops what is above its mark; `noDrop` makes it refuse instead, and after a short pause it is asked
 * again. Of the ways that lose nothing this was the fastest; the mark is the one that ours has.
 *
 * @type {import('./contender.mjs').OneWayContender}
 */
export const rawPublish = {
  async bind({ marks = MARKS }) {
    const socket = new Publisher({ linger: 0, noDrop: true, sendHighWaterMark: marks });
    await socket.bind('tcp://127.0.0.1:*');
    return {
      address: socket.lastEndpoint ?? '',
      async send(data) {
        const frames = [TOPIC, encodeValue(data)];
        for (;;) {
          try {
            return await socket.send(frames);
          } catch (error) {
            if (!isFull(error)) throw error;
            await delay(PAUSE_MS);
          }
        }
      },
      ready: async () => undefined,
      close: async () => socket.close(),
    };
  },

  async connect(address, onData, { marks = MARKS }) {
    const socket = new Subscriber({ receiveHighWaterMark: marks });
    socket.subscribe(TOPIC);
    socket.connect(address);
    void receive();
    return { close: async () => socket.close() };

    async function receive() {
      for await (const [, body] of socket) onData(decodeValue(body));
    }
  },
};

/** The same behind a send queue, for callers that do not wait for each other. @type {import('./contender.mjs').OneWayContender} */
export const rawPublishQueue = {
  ...rawPublish,
  async bind(setup) {
    const sending = await rawPublish.bind(setup);
    const enqueue = sendQueue(sending.send);
    return { ...sending, send: (data) => new Promise((resolve) => enqueue(data, () => resolve(undefined))) };
  },
};

/** @param {unknown} error */
function isFull(error) {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
