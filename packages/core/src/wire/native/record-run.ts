import { IdRow } from '../../ids.js';
import { refused } from './byte-reader.js';
import { KIND, LIMITS } from './format.js';
import type { BodyBlock, NativeRecord } from './native-record.js';

/** What the last four hexadecimal digits of an id say at most. */
const LAST_ID = 0xffff;

/** A record that stands for many: of one kind, with ids and bodies in a row, and all else in common. */
export class RecordRun {
  readonly kind: number;
  readonly count: number;
  #prefix = '';
  #number = 0;
  readonly #ids = new IdRow();

  /** @throws MessageError PROTOCOL */
  constructor(kind: number, count: number) {
    if (kind !== KIND.task && kind !== KIND.message) throw refused(`it has a run of records of kind ${String(kind)}`);
    if (count === 0) throw refused('it has a run of no records');
    this.kind = kind;
    this.count = count;
  }

  /**
   * Takes note of where its ids begin: at a number; those of tasks are a prefix and that number in four hexadecimal digits.
   * @returns the id of its first task
   * @throws MessageError PROTOCOL where the last number is too large
   */
  begin(prefix: string, number: number): string {
    const isTask = this.kind === KIND.task;
    // Added up in another order, numbers above the limit may be rounded to it.
    if (number + (this.count - 1) > (isTask ? LAST_ID : LIMITS.number))
      throw refused('the numbers of a run are too large');
    this.#prefix = prefix;
    this.#number = number;
    return isTask ? this.#ids.id(prefix, number) : '';
  }

  /**
   * Takes its bodies out of a block, those from `index` on. No body is taken twice: a few bytes must not stand for any number of records.
   * @param block none if its one record has a body of its own, or none.
   * @throws MessageError PROTOCOL
   */
  claimBodies(block: BodyBlock | undefined, index: number): void {
    if (block === undefined) {
      if (this.count > 1) throw refused('a run of records has no block of bodies');
      return;
    }
    if (index < block.taken || index + this.count > block.count) {
      throw refused('a run of records has bodies that are not there, or that are taken');
    }
    block.taken = index + this.count;
  }

  /** Adds the records behind its first. */
  repeat(first: NativeRecord, records: NativeRecord[]): void {
    const { kind, timeLeftMs, subject, headers, moment, priority, form, codec, bytes, block } = first;
    const isTask = kind === KIND.task;
    for (let step = 1; step < this.count; step += 1) {
      const textId = isTask ? this.#ids.id(this.#prefix, this.#number + step) : '';
      const id = isTask ? 0 : first.id + step;
      const index = first.index + step;
      records.push({
        kind,
        id,
        textId,
        timeLeftMs,
        subject,
        headers,
        moment,
        priority,
        form,
        codec,
        bytes,
        block,
        index,
      });
    }
  }
}
