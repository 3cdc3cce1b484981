import { LiberZMQError } from '@liberzmq/core';
import { now } from '../measure/clock.mjs';

/**
 * What a balancer has done and seen: how many attempts each member had, how many of them failed, how often something was tried again after
 * which error, and when a member became what. Times are those of the clock that all processes share.
 *
 * @typedef {{
 *   members: { member: string, state: string, requests: number, failures: number }[],
 *   triedAgain: Record<string, number>,
 *   changes: { member: string, state: string, at: number }[],
 * }} BalancerReport
 */

/**
 * Keeps what a balancer reports.
 *
 * @param {import('@liberzmq/balancer').LoadBalancedClient} balancer
 * @returns {() => BalancerReport} what has come so far
 */
export function watchBalancer(balancer) {
  /** @type {BalancerReport['triedAgain']} */
  const triedAgain = {};
  /** @type {BalancerReport['changes']} */
  const changes = [];
  balancer.on('retried', ({ error }) => {
    const why = error instanceof LiberZMQError ? error.code : String(error);
    triedAgain[why] = (triedAgain[why] ?? 0) + 1;
  });
  balancer.on('stateChanged', ({ member, state }) => {
    changes.push({ member, state, at: now() });
  });
  return () => {
    const { members } = balancer.stats();
    return {
      members: members.map(({ member, state, requests, failures }) => ({ member, state, requests, failures })),
      triedAgain,
      changes,
    };
  };
}
