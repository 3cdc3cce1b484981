/**
 * Resolves when an endpoint has reported an event so many times.
 *
 * @template {string} Type
 * @param {{ on(type: Type, listener: () => void): unknown, off(type: Type, listener: () => void): unknown }} endpoint
 * @param {Type} type
 * @param {number} times
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function countEvents(endpoint, type, times, signal) {
  /** @type {Promise<void>} */
  const counted = new Promise((resolve, reject) => {
    let count = 0;
    const listener = () => {
      count += 1;
      if (count < times) return;
      endpoint.off(type, listener);
      resolve();
    };
    endpoint.on(type, listener);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  // Who is interrupted before the wait need not be told by this as well.
  counted.catch(() => undefined);
  return counted;
}
