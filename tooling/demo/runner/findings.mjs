import { Aggregates } from '../data/aggregates.mjs';
import { count } from './format.mjs';

/**
 * What the data says, in a few sentences, made of what the subscribers have aggregated and the workers have computed.
 *
 * @param {Record<string, ConstructorParameters<typeof Aggregates>[0]>} byStream
 * @param {import('../roles/pusher.mjs').Result} [longestDelay]
 */
export function findings(byStream, longestDelay) {
  const of = (/** @type {string} */ stream) => {
    const aggregates = new Aggregates(byStream[stream]);
    return aggregates.topics.map(
      (topic) => /** @type {NonNullable<ReturnType<Aggregates['of']>>} */ (aggregates.of(topic)),
    );
  };
  const stock = highest(of('stocks'), ({ first, latest }) => latest / first);
  const place = highest(of('weather'), ({ max }) => max);
  const airport = highest(of('flights'), ({ count: flights }) => flights);
  return [
    stock && `${key(stock)} rose most: from ${stock.first} to ${stock.latest} USD.`,
    place && `The hottest day was in ${key(place)}: ${place.max} °C.`,
    airport &&
      `${key(airport)} had most flights: ${count(airport.count)}, ${airport.mean.toFixed(1)} minutes late on average.`,
    longestDelay && longestDelaySentence(longestDelay),
  ].filter((sentence) => sentence !== undefined);
}

/** @param {import('../roles/pusher.mjs').Result} result */
function longestDelaySentence({ id, interval: { mean, low, high } }) {
  const [airport, month] = id.split(' ');
  const between = `${low.toFixed(1)} to ${high.toFixed(1)} with 95 % confidence`;
  return `Surest to be late: from ${airport} in ${month}, by ${mean.toFixed(1)} minutes on average (${between}).`;
}

/**
 * @template Item
 * @param {Item[]} items
 * @param {(item: Item) => number} by
 */
function highest(items, by) {
  return items.sort((a, b) => by(b) - by(a))[0];
}

/** @param {{ topic: string }} of */
function key({ topic }) {
  return topic.slice(topic.indexOf('.') + 1);
}
