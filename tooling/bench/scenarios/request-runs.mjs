import { Crew } from '../processes/crew.mjs';
import { interleave } from './rounds.mjs';

/**
 * One that takes part: what it is called in the results, who it is, and how it is set up.
 *
 * @typedef {{ title: string, contender: import('../contenders/contender.mjs').RequestName, setup?: Partial<import('../contenders/contender.mjs').Setup> }} Participant
 */

/** @typedef {{ inFlight: number, payload?: import('../payloads.mjs').PayloadName }} Load */

/**
 * What each round measured: requests a second, and the times of single requests in microseconds.
 *
 * @typedef {{ title: string, rate: number[], p50: number[], p99: number[] }} RequestRun
 */

/**
 * Request and reply: client and server are processes of their own, which live for all rounds.
 *
 * @param {readonly Participant[]} participants
 * @param {Load} load
 * @param {import('./scenario.mjs').Settings} settings
 * @returns {Promise<RequestRun[]>}
 */
export async function runRequests(participants, { inFlight, payload = 'small' }, settings) {
  const { rounds, measureMs, warmUpMs } = settings;
  const crew = new Crew();
  try {
    const clients = await Promise.all(participants.map((participant) => startPair(crew, participant, settings)));
    for (const client of clients) await client.tell('load', { inFlight, payload, ms: warmUpMs });
    const results = await interleave(clients, rounds, (client) =>
      client.tell('load', { inFlight, payload, ms: measureMs }),
    );
    return participants.map(({ title }, index) => {
      const measured = results[index] ?? [];
      const all = (/** @type {'rate' | 'p50' | 'p99'} */ key) => measured.map((each) => Number(each[key]));
      return { title, rate: all('rate'), p50: all('p50'), p99: all('p99') };
    });
  } finally {
    await crew.end();
  }
}

/**
 * @param {Crew} crew
 * @param {Participant} participant
 * @param {import('./scenario.mjs').Settings} settings
 */
async function startPair(crew, { contender, setup = {} }, { without }) {
  const details = { contender, setup: { ...setup, without } };
  const server = crew.start('server', contender);
  const client = crew.start('client', contender);
  await client.tell('connect', { ...details, address: await server.tell('serve', details) });
  return client;
}
