import { EventEmitter } from 'node:events';
import { Aggregates } from './aggregates.mjs';
import { STREAMS } from './records.mjs';

/**
 * What the publisher sends. A record has its number over all streams and within its own; the last message of a stream
 * says how many records it had.
 *
 * @typedef {{ seq: number, number: number, sentAt: number, record: import('./records.mjs').DataRecord }} RecordMessage
 * @typedef {{ seq: number, published: number }} EndMessage
 */

/**
 * @typedef {{
 *   last: number, records: number, published: Record<string, number>, complete: boolean,
 *   aggregates: ReturnType<Aggregates['toJSON']>,
 * }} Copy
 */

/** All that a server has seen: what its answers come from, and what another server can take over as a copy. */
export class Seen {
  /** Emits `change` with each message. @type {EventEmitter} */
  changes = new EventEmitter();
  records = 0;
  /** The number of the last message. */
  last = 0;
  aggregates = new Aggregates();
  /** @type {Record<string, number>} How many records each stream had that has ended. */
  #published = {};

  /** Whether all streams have ended. */
  get complete() {
    return Object.keys(this.#published).length === Object.keys(STREAMS).length;
  }

  /** Records that were published and did not come here. */
  get lost() {
    return Object.values(this.#published).reduce((sum, count) => sum + count, 0) - this.records;
  }

  /**
   * Takes a message in, unless it is older than what is here already.
   *
   * @param {string} topic
   * @param {RecordMessage | EndMessage} message
   */
  take(topic, message) {
    if (message.seq <= this.last) return;
    this.last = message.seq;
    if ('record' in message) {
      this.records += 1;
      this.aggregates.add(topic, message.record);
    } else {
      this.#published[topic.replace('.end', '')] = message.published;
    }
    this.changes.emit('change');
  }

  /** @returns {Copy} */
  copy() {
    const { last, records, complete, aggregates } = this;
    return { last, records, published: this.#published, complete, aggregates: aggregates.toJSON() };
  }

  /** @param {Copy} copy */
  restore({ last, records, published, aggregates }) {
    this.last = last;
    this.records = records;
    this.#published = published;
    this.aggregates = new Aggregates(aggregates);
  }
}
