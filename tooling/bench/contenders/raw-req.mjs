import { Reply, Request } from 'zeromq';
import { decodeMessage, decodeValue, encodeMessage, encodeValue } from './raw-body.mjs';

/** REQ and REP as zeromq documents them: one request at a time, and nothing around it. @type {import('./contender.mjs').RequestContender} */
export const rawReq = {
  async serve() {
    const socket = new Reply({ linger: 0 });
    await socket.bind('tcp://127.0.0.1:*');
    void answer(socket);
    return { address: socket.lastEndpoint ?? '', close: async () => socket.close() };
  },

  async connect(address) {
    const socket = new Request({ linger: 0 });
    socket.connect(address);
    return {
      async request(data) {
        await socket.send(encodeMessage('echo', data));
        const [body] = await socket.receive();
        return decodeValue(body);
      },
      close: async () => socket.close(),
    };
  },
};

/** @param {Reply} socket */
async function answer(socket) {
  for await (const [body] of socket) await socket.send(encodeValue(decodeMessage(body)));
}
