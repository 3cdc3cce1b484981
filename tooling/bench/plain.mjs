import { Dealer, Router } from 'zeromq';

const ID_BYTES = 4;

/** Plain zeromq, as good as it can be written with one message a request. @type {import('./run.mjs').Contender} */
export const plain = {
  async serve() {
    const router = new Router({ linger: 0 });
    await router.bind('tcp://127.0.0.1:*');
    void answer(router);
    return { address: router.lastEndpoint ?? '', close: async () => router.close() };
  },

  async connect(address) {
    const dealer = new Dealer({ linger: 0 });
    dealer.connect(address);
    /** @type {Map<number, (result: unknown) => void>} */
    const pending = new Map();
    /** @type {Buffer[][]} */
    const queue = [];
    let sending = false;
    let lastId = 0;
    void receive();

    async function receive() {
      for await (const [id, body] of dealer) {
        const key = id?.readUInt32BE() ?? 0;
        pending.get(key)?.(JSON.parse(String(body)));
        pending.delete(key);
      }
    }

    /** A socket takes one send at a time. */
    async function send() {
      sending = true;
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await dealer.send(next);
      sending = false;
    }

    return {
      request(data) {
        lastId += 1;
        const id = Buffer.allocUnsafe(ID_BYTES);
        id.writeUInt32BE(lastId);
        const reply = new Promise((resolve) => pending.set(lastId, resolve));
        queue.push([id, Buffer.from(JSON.stringify({ action: 'echo', data }))]);
        if (!sending) void send();
        return reply;
      },
      close: async () => dealer.close(),
    };
  },
};

/** @param {Router} router */
async function answer(router) {
  for await (const [peer, id, body] of router) {
    const { data } = JSON.parse(String(body));
    await router.send([peer ?? null, id ?? null, JSON.stringify(data)]);
  }
}
