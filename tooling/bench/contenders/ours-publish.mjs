import { Publisher, Subscriber } from '@liberzmq/core';
import { features } from './features.mjs';

const NOW = { timeoutMs: 0 };
const TOPIC = 'measure';

/** `Publisher` and `Subscriber`. @type {import('./contender.mjs').OneWayContender} */
export const oursPublish = {
  async bind(setup) {
    const { endpoint, middleware, call } = features(setup);
    const { outbox } = setup;
    const publisher = new Publisher({ address: 'tcp://127.0.0.1:*', ...endpoint, outbox });
    for (const each of middleware) publisher.addMiddleware(each);
    await publisher.connect();
    return {
      address: publisher.boundAddress ?? '',
      send: setup.features ? (data) => publisher.publish(TOPIC, data, call) : (data) => publisher.publish(TOPIC, data),
      ready: () => publisher.waitForSubscribers({ topic: TOPIC }),
      close: () => publisher.close(NOW),
    };
  },

  async connect(address, onData, setup) {
    const { endpoint, middleware } = features(setup);
    const subscriber = new Subscriber({ address, ...endpoint });
    for (const each of middleware) subscriber.addMiddleware(each);
    subscriber.subscribe(TOPIC, (_topic, data) => onData(data));
    await subscriber.startListening();
    return { close: () => subscriber.close(NOW) };
  },
};
