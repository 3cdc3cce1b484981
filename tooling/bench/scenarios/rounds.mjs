/**
 * Measures all that take part in turn, so that what else the machine does meets all of them. Each round has the other order.
 *
 * @template Participant, Result
 * @param {readonly Participant[]} participants
 * @param {number} rounds
 * @param {(participant: Participant) => Promise<Result>} measure
 * @returns {Promise<Result[][]>} for each participant a result of each round
 */
export async function interleave(participants, rounds, measure) {
  /** @type {Result[][]} */
  const results = participants.map(() => []);
  const inOrder = [...participants.entries()];
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? inOrder : inOrder.toReversed();
    for (const [index, participant] of order) results[index]?.push(await measure(participant));
  }
  return results;
}
