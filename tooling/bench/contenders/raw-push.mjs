import { Pull, Push } from 'zeromq';
import { decodeMessage, encodeMessage } from './raw-body.mjs';
import { sendQueue } from './send-queue.mjs';

const MARKS = 1_000;

/** PUSH and PULL as zeromq documents them: each send is awaited. The mark of 1000 is libzmq's own. @type {import('./contender.mjs').OneWayContender} */
export const rawPush = {
  async bind({ marks = MARKS }) {
    const socket = new Push({ linger: 0, sendHighWaterMark: marks });
    await socket.bind('tcp://127.0.0.1:*');
    return {
      address: socket.lastEndpoint ?? '',
      send: (data) => socket.send(encodeMessage('measure', data)),
      ready: async () => undefined,
      close: async () => socket.close(),
    };
  },

  async connect(address, onData, { marks = MARKS }) {
    const socket = new Pull({ receiveHighWaterMark: marks });
    socket.connect(address);
    void receive();
    return { close: async () => socket.close() };

    async function receive() {
      for await (const [body] of socket) onData(decodeMessage(body));
    }
  },
};

/** The same behind a send queue, for callers that do not wait for each other. @type {import('./contender.mjs').OneWayContender} */
export const rawPushQueue = {
  ...rawPush,
  async bind(setup) {
    const sending = await rawPush.bind(setup);
    const enqueue = sendQueue(sending.send);
    return { ...sending, send: (data) => new Promise((resolve) => enqueue(data, () => resolve(undefined))) };
  },
};
