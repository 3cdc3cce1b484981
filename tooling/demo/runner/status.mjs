import { STREAMS } from '../data/records.mjs';
import { timesTriedAgain } from './balancers.mjs';
import { count } from './format.mjs';

const BAR_WIDTH = 24;
const SERVER_NAMES = ['server 1', 'server 2', 'server 3'];

/** @typedef {import('../observe/balancer.mjs').BalancerReport} BalancerReport */

/**
 * What the processes say of themselves at this moment.
 *
 * @param {import('./cast.mjs').Cast} cast
 */
export function statusOf(cast) {
  // Of two that had one name, the one that was started last counts.
  const find = (/** @type {string} */ name) => cast.children.findLast((child) => child.name === name);
  const progressOf = (/** @type {string} */ name) => find(name)?.progress ?? {};

  return {
    /** @param {import('./display.mjs').Paint} paint */
    lines(paint) {
      const { published = 0, total = 0 } = progressOf('publisher');
      const { done = 0, total: jobs, byWorker = {} } = progressOf('jobs');
      const queries = progressOf('queries');
      const full = Math.floor((BAR_WIDTH * published) / Math.max(1, total));
      const bar = paint('green', '█'.repeat(full)) + paint('dim', '░'.repeat(BAR_WIDTH - full));
      const workers = Object.entries(byWorker).sort(([a], [b]) => a.localeCompare(b));
      const rows = [
        ['publisher', `${bar} ${count(published)} of ${count(total)} records`],
        ...Object.keys(STREAMS).map((stream) => [stream, subscriberLine(stream, progressOf(stream))]),
        ...SERVER_NAMES.map((name) => [name, serverLine(find(name), stateOf(name, queries.balance), paint)]),
        ['queries', queriesLine(queries)],
        ['jobs', `${count(done)} of ${count(jobs)} done   ${workers.map(([name, n]) => `${name}: ${n}`).join('   ')}`],
      ];
      return ['', ...rows.map(([name = '', text]) => `  ${paint('bold', name.padEnd(10))} ${text}`), ''];
    },

    summary() {
      const { published, total } = progressOf('publisher');
      const received = Object.keys(STREAMS).map((stream) => `${stream} ${count(progressOf(stream).received)}`);
      const { done, total: jobs } = progressOf('jobs');
      return [
        `published ${count(published)} of ${count(total)}`,
        received.join(', '),
        `queries: ${queriesLine(progressOf('queries'))}`,
        `jobs ${count(done)} of ${count(jobs)}`,
      ].join(' | ');
    },
  };
}

/**
 * @param {string} stream
 * @param {{ received?: number, topics?: number, latest?: { topic: string, latest: number } }} progress
 */
function subscriberLine(stream, { received, topics, latest }) {
  const { records, unit } = STREAMS[stream] ?? {};
  const last = latest ? `   latest: ${latest.topic} ${latest.latest} ${unit}` : '';
  return `${count(received)} ${records} on ${count(topics)} topics${last}`;
}

/** @param {{ answered?: number, failed?: number, balance?: BalancerReport }} queries */
function queriesLine({ answered, failed, balance }) {
  const triedAgain = balance ? timesTriedAgain(balance) : 0;
  return `${count(answered)} answered, ${count(failed)} failed, ${count(triedAgain)} tried again`;
}

/**
 * What the balancer of the query client says of a server.
 *
 * @param {string} name
 * @param {BalancerReport} [balance]
 */
function stateOf(name, balance) {
  return balance?.members.find(({ member }) => member === name)?.state ?? '-';
}

/**
 * @param {import('./child.mjs').Child | undefined} server
 * @param {string} state
 * @param {import('./display.mjs').Paint} paint
 */
function serverLine(server, state, paint) {
  if (server === undefined) return '';
  const known = `balancer: ${paint(state === 'healthy' ? 'green' : 'red', state)}`;
  if (server.state === 'killed') return `${paint('red', 'killed')}   ${known}`;
  const { records, answered } = server.progress;
  return `${count(records)} records seen, ${count(answered)} queries answered   ${known}`;
}
