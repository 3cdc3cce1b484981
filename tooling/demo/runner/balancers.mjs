import { count, duration, seconds } from './format.mjs';
import { columns } from './table.mjs';

/** @typedef {import('../observe/balancer.mjs').BalancerReport} BalancerReport */
/** @typedef {{ key: string, at: number }} Killed Which member was killed, and when. */

/**
 * When a balancer saw the member that was killed gone, back with a part of its load, and with all of it, in ms after the kill.
 *
 * @param {BalancerReport | undefined} report
 * @param {Killed} killed
 * @returns {{ gone: number | undefined, back: number | undefined, warmedUp: number | undefined }} `undefined`: it has not seen that
 */
export function seenOf(report, killed) {
  const { changes = [] } = report ?? {};
  const after = changes.filter(({ member, at }) => member === killed.key && at >= killed.at);
  const first = (/** @type {string[]} */ ...states) => {
    const change = after.find(({ state }) => states.includes(state));
    return change && change.at - killed.at;
  };
  return { gone: first('disconnected'), back: first('warming', 'healthy'), warmedUp: first('healthy') };
}

/**
 * How the balancers spread their requests, how often they tried again, and what they saw of the server that was killed, as a table.
 *
 * @param {Record<string, BalancerReport>} reports by the process that has the balancer
 * @param {Killed} killed
 */
export function balancersTable(reports, killed) {
  const names = Object.values(reports)[0]?.members.map(({ member }) => member) ?? [];
  const header = ['', ...names, 'tried again', 'gone', 'back', 'warmed up'];
  const rows = Object.entries(reports).map(([name, report]) => {
    const { gone, back, warmedUp } = seenOf(report, killed);
    return [
      name,
      ...report.members.map(({ requests }) => count(requests)),
      count(timesTriedAgain(report)),
      gone === undefined ? '-' : duration(gone),
      back === undefined ? '-' : seconds(back),
      warmedUp === undefined ? '-' : seconds(warmedUp),
    ];
  });
  return columns([header, ...rows]);
}

/** @param {BalancerReport} report */
export function timesTriedAgain({ triedAgain }) {
  return Object.values(triedAgain).reduce((sum, times) => sum + times, 0);
}

/**
 * How often something was tried again, and why, in words.
 *
 * @param {BalancerReport} report
 */
export function whyTriedAgain({ triedAgain }) {
  const reasons = Object.entries(triedAgain).map(([code, times]) => `${count(times)} after ${code}`);
  return reasons.join(', ') || 'none';
}
