import { Puller, Pusher } from '@liberzmq/core';
import { features } from './features.mjs';

const NOW = { timeoutMs: 0 };
const CONCURRENCY = 16;

/** @param {import('./contender.mjs').Setup} setup */
const prefetching = ({ prefetchesAll = false }) => (prefetchesAll ? { prefetchBytes: Infinity } : {});

/**
 * Formats beside JSON are in a package of their own, which only who wants one has to load.
 *
 * @param {string | undefined} serializer
 */
async function known(serializer) {
  if (serializer !== undefined) await import('@liberzmq/serializers');
}

/** `Pusher` and `Puller`. @type {import('./contender.mjs').OneWayContender} */
export const oursPush = {
  async bind(setup) {
    const { endpoint, middleware, call } = features(setup);
    const { outbox, serializer, batch = false, without } = setup;
    await known(serializer);
    const prefetch = prefetching(setup);
    /** @type {{ batch?: boolean }} */
    const batching = without.includes('batch') ? {} : { batch };
    const format = serializer === undefined ? {} : { serializer };
    const pusher = new Pusher({
      address: 'tcp://127.0.0.1:*',
      ...batching,
      ...prefetch,
      ...endpoint,
      ...format,
      outbox,
    });
    for (const each of middleware) pusher.addMiddleware(each);
    await pusher.connect();
    return {
      address: pusher.boundAddress ?? '',
      send: setup.features
        ? (data) => pusher.pushTask('measure', data, call)
        : (data) => pusher.pushTask('measure', data),
      ready: async () => undefined,
      close: () => pusher.close(NOW),
    };
  },

  async connect(address, onData, setup) {
    await known(setup.serializer);
    const { endpoint, middleware } = features(setup);
    const puller = new Puller({ address, ...prefetching(setup), ...endpoint });
    for (const each of middleware) puller.addMiddleware(each);
    puller.registerTaskHandler('measure', ({ data }) => onData(data));
    await puller.startWorker({ concurrency: CONCURRENCY });
    return { close: () => puller.close(NOW) };
  },
};
