import { Dealer, Router } from 'zeromq';
import { decodeMessage, decodeValue, encodeMessage, encodeValue } from './raw-body.mjs';
import { sendQueue } from './send-queue.mjs';

const ID_BYTES = 4;

/** DEALER and ROUTER with an id frame: as good as it can be written with one message a request. @type {import('./contender.mjs').RequestContender} */
export const rawDealer = {
  async serve() {
    const router = new Router({ linger: 0 });
    await router.bind('tcp://127.0.0.1:*');
    void answer(router);
    return { address: router.lastEndpoint ?? '', close: async () => router.close() };
  },

  async connect(address) {
    const dealer = new Dealer({ linger: 0 });
    dealer.connect(address);
    /** @type {Map<number, (reply: unknown) => void>} */
    const pending = new Map();
    const enqueue = sendQueue((/** @type {(Buffer | string)[]} */ frames) => dealer.send(frames));
    let lastId = 0;
    void receive();

    async function receive() {
      for await (const [id, body] of dealer) {
        const key = id?.readUInt32BE() ?? 0;
        pending.get(key)?.(decodeValue(body));
        pending.delete(key);
      }
    }

    return {
      request(data) {
        lastId += 1;
        const id = Buffer.allocUnsafe(ID_BYTES);
        id.writeUInt32BE(lastId);
        const reply = new Promise((resolve) => pending.set(lastId, resolve));
        enqueue([id, encodeMessage('echo', data)]);
        return reply;
      },
      close: async () => dealer.close(),
    };
  },
};

/** @param {Router} router */
async function answer(router) {
  for await (const [peer, id, body] of router) {
    await router.send([peer ?? null, id ?? null, encodeValue(decodeMessage(body))]);
  }
}
