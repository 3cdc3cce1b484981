/**
 * Fetches metrics, as Prometheus would.
 *
 * @param {string} url
 * @returns {Promise<string[]>} the lines that say how many requests a server has handled
 */
export async function handledRequests(url) {
  const response = await fetch(url);
  const text = await response.text();
  return text.split('\n').filter((line) => line.startsWith('liberzmq_operations_total{kind="handle"'));
}
