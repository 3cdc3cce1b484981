import { Client, Publisher, Puller, Pusher, Server, Subscriber } from '@liberzmq/core';
import {
  typedClient,
  typedPublisher,
  typedPuller,
  typedPusher,
  typedServer,
  typedSubscriber,
} from '@liberzmq/validation';
import { contract } from './contract.mjs';

const NOW = { timeoutMs: 0 };
const ADDRESS = 'tcp://127.0.0.1:*';
const NAME = 'measure';
const CONCURRENCY = 16;

/** Requests and results checked at both ends. @type {import('./contender.mjs').RequestContender} */
export const contractRequest = {
  async serve() {
    const server = typedServer(new Server({ address: ADDRESS }), contract).handle({ echo: (data) => data });
    await server.startServer();
    return { address: server.boundAddress ?? '', close: () => server.close(NOW) };
  },

  async connect(address) {
    const endpoint = await new Client({ address }).connect({ waitForConnection: true });
    const client = typedClient(endpoint, contract);
    return { request: (data) => client.echo(/** @type {any} */ (data)), close: () => client.close(NOW) };
  },
};

/** Publications checked at both ends. @type {import('./contender.mjs').OneWayContender} */
export const contractPublish = {
  async bind({ outbox }) {
    const publisher = await new Publisher({ address: ADDRESS, outbox }).connect();
    const typed = typedPublisher(publisher, contract);
    return {
      address: publisher.boundAddress ?? '',
      send: (data) => typed.publish(NAME, /** @type {any} */ (data)),
      ready: () => publisher.waitForSubscribers({ topic: NAME }),
      close: () => publisher.close(NOW),
    };
  },

  async connect(address, onData) {
    const subscriber = typedSubscriber(new Subscriber({ address }), contract);
    subscriber.subscribe(NAME, (_topic, data) => onData(data));
    await subscriber.startListening();
    return { close: () => subscriber.close(NOW) };
  },
};

/** Tasks checked at both ends. @type {import('./contender.mjs').OneWayContender} */
export const contractPush = {
  async bind({ batch = false }) {
    const pusher = await new Pusher({ address: ADDRESS, batch }).connect();
    const typed = typedPusher(pusher, contract);
    return {
      address: pusher.boundAddress ?? '',
      send: (data) => typed.pushTask(NAME, /** @type {any} */ (data)),
      ready: async () => undefined,
      close: () => pusher.close(NOW),
    };
  },

  async connect(address, onData) {
    const puller = typedPuller(new Puller({ address }), contract);
    puller.registerTaskHandler(NAME, ({ data }) => onData(data));
    await puller.startWorker({ concurrency: CONCURRENCY });
    return { close: () => puller.close(NOW) };
  },
};
