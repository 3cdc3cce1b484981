import { Crew } from '../processes/crew.mjs';
import { interleave } from './rounds.mjs';

const FIRST_MS = 50;
const RISE_MS = 150;
const FALL_MS = 50;

/**
 * One that takes part: what it is called in the results, who it is, whether its caller awaits each call or fires many and awaits them together, and how it is
 * set up.
 *
 * @typedef {object} Participant
 * @property {string} title
 * @property {import('../contenders/contender.mjs').OneWayName} contender
 * @property {'each' | 'window'} caller
 * @property {Partial<import('../contenders/contender.mjs').Setup>} [setup]
 */

/** @typedef {{ title: string, rate: number[], lost: number }} OneWayRun */

/**
 * One-way messages: sender and receiver are processes of their own, which live for all rounds. Counted is at the receiver, where messages are decoded.
 *
 * @param {readonly Participant[]} participants
 * @param {import('../payloads.mjs').PayloadName} payload
 * @param {import('./scenario.mjs').Settings} settings
 * @returns {Promise<OneWayRun[]>}
 */
export async function runOneWay(participants, payload, settings) {
  const { rounds, measureMs, warmUpMs } = settings;
  const crew = new Crew();
  try {
    const pairs = await Promise.all(participants.map((participant) => startPair(crew, participant, payload, settings)));
    for (const pair of pairs) await pair.measure(warmUpMs);
    const results = await interleave(pairs, rounds, (pair) => pair.measure(measureMs));
    return participants.map(({ title }, index) => {
      const measured = results[index] ?? [];
      return {
        title,
        rate: measured.map(({ rate }) => rate),
        lost: measured.reduce((sum, { lost }) => sum + lost, 0),
      };
    });
  } finally {
    await crew.end();
  }
}

/**
 * @param {Crew} crew
 * @param {Participant} participant
 * @param {import('../payloads.mjs').PayloadName} payload
 * @param {import('./scenario.mjs').Settings} settings
 */
async function startPair(crew, { contender, caller, setup = {} }, payload, { without }) {
  const details = { contender, payload, setup: { ...setup, without } };
  const { sender, receiver } = await connectPair(crew, details);
  return {
    /** @param {number} ms */
    async measure(ms) {
      await receiver.tell('measure', { payload, afterMs: RISE_MS, ms });
      const sent = await sender.tell('load', { caller, payload, ms: RISE_MS + ms + FALL_MS });
      const { rate, received } = await receiver.tell('finish', { sent });
      return { rate: Number(rate), lost: sent - received };
    },
  };
}

/**
 * Starts a sender and a receiver, and waits until messages get through: a publisher drops what it sends before.
 *
 * @param {Crew} crew
 * @param {{ contender: import('../contenders/contender.mjs').OneWayName, payload: import('../payloads.mjs').PayloadName, setup: import('../contenders/contender.mjs').Setup }} details
 */
export async function connectPair(crew, details) {
  const { contender, payload } = details;
  const sender = crew.start('sender', contender);
  const receiver = crew.start('receiver', contender);
  await receiver.tell('connect', { ...details, address: await sender.tell('bind', details) });
  await sender.tell('ready');
  for (let received = 0; received === 0;) {
    const sent = await sender.tell('load', { caller: 'each', payload, ms: FIRST_MS });
    ({ received } = await receiver.tell('finish', { sent }));
  }
  return { sender, receiver };
}
