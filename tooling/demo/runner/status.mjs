import { STREAMS } from '../data/records.mjs';
import { count } from './format.mjs';

const BAR_WIDTH = 24;

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
      const { answered, askedAgain } = progressOf('queries');
      const full = Math.floor((BAR_WIDTH * published) / Math.max(1, total));
      const bar = paint('green', '█'.repeat(full)) + paint('dim', '░'.repeat(BAR_WIDTH - full));
      const workers = Object.entries(byWorker).sort(([a], [b]) => a.localeCompare(b));
      const rows = [
        ['publisher', `${bar} ${count(published)} of ${count(total)} records`],
        ...Object.keys(STREAMS).map((stream) => [stream, subscriberLine(stream, progressOf(stream))]),
        ...['server 1', 'server 2'].map((name) => [name, serverLine(find(name), paint)]),
        ['queries', `${count(answered)} answered, ${count(askedAgain)} of them asked again`],
        ['jobs', `${count(done)} of ${count(jobs)} done   ${workers.map(([name, n]) => `${name}: ${n}`).join('   ')}`],
      ];
      return ['', ...rows.map(([name = '', text]) => `  ${paint('bold', name.padEnd(10))} ${text}`), ''];
    },

    summary() {
      const { published, total } = progressOf('publisher');
      const received = Object.keys(STREAMS).map((stream) => `${stream} ${count(progressOf(stream).received)}`);
      const { answered, askedAgain } = progressOf('queries');
      const { done, total: jobs } = progressOf('jobs');
      return [
        `published ${count(published)} of ${count(total)}`,
        received.join(', '),
        `queries ${count(answered)}, asked again ${count(askedAgain)}`,
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

/**
 * @param {import('./child.mjs').Child | undefined} server
 * @param {import('./display.mjs').Paint} paint
 */
function serverLine(server, paint) {
  if (server === undefined) return '';
  if (server.state === 'killed') return paint('red', 'killed');
  const { records, answered } = server.progress;
  return `${count(records)} records seen, ${count(answered)} queries answered`;
}
