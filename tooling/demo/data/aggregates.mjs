import { STREAMS } from './records.mjs';

/** @typedef {{ count: number, sum: number, min: number, max: number, first: number, latest: number }} Aggregate */

/** Count, sum and extremes of the records that were seen on each topic. */
export class Aggregates {
  /** @type {Map<string, Aggregate>} */
  #byTopic;

  /** @param {Record<string, Aggregate>} [byTopic] what {@link toJSON} gave in another process */
  constructor(byTopic = {}) {
    this.#byTopic = new Map(Object.entries(byTopic));
  }

  /** The topics, the one with the most records first. */
  get topics() {
    return [...this.#byTopic].sort(([, a], [, b]) => b.count - a.count).map(([topic]) => topic);
  }

  /**
   * @param {string} topic
   * @param {import('./records.mjs').DataRecord} record
   */
  add(topic, record) {
    const [stream = ''] = topic.split('.');
    const value = Number(record[STREAMS[stream]?.value ?? '']);
    const aggregate = this.#byTopic.get(topic);
    if (aggregate === undefined) {
      this.#byTopic.set(topic, { count: 1, sum: value, min: value, max: value, first: value, latest: value });
      return;
    }
    aggregate.count += 1;
    aggregate.sum += value;
    aggregate.min = Math.min(aggregate.min, value);
    aggregate.max = Math.max(aggregate.max, value);
    aggregate.latest = value;
  }

  /**
   * What was seen on a topic.
   *
   * @param {string} topic
   * @returns {Aggregate & { topic: string, mean: number } | undefined} `undefined` if nothing was
   */
  of(topic) {
    const aggregate = this.#byTopic.get(topic);
    return aggregate && { topic, ...aggregate, mean: aggregate.sum / aggregate.count };
  }

  toJSON() {
    return Object.fromEntries(this.#byTopic);
  }
}
