import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IdTable } from '../../../src/request/id-table.js';

interface Item {
  readonly id: number;
  readonly name: string;
}

const item = (id: number, name = String(id)): Item => ({ id, name });
const byId = (a: Item, b: Item): number => a.id - b.id;

/** A table of these, and the map that says what it is to hold. */
function filled(ids: Iterable<number>): { table: IdTable<Item>; model: Map<number, Item> } {
  const table = new IdTable<Item>();
  const model = new Map<number, Item>();
  for (const id of ids) {
    table.set(item(id));
    model.set(id, item(id));
  }
  return { table, model };
}

function expectSame(table: IdTable<Item>, model: ReadonlyMap<number, Item>, known: Iterable<number>): void {
  expect(table.size).toBe(model.size);
  for (const id of known) if (table.get(id)?.name !== model.get(id)?.name) expect(table.get(id)).toEqual(model.get(id));
  expect([...table].sort(byId)).toEqual([...model.values()].sort(byId));
}

const HIGH = 2 ** 32;
const ids = fc.oneof(
  // Few, so that the same come again.
  fc.nat(40),
  fc.integer({ min: -40, max: 40 }),
  // The same in their lower 32 bits: they begin at places that differ, if at all, by what is above those.
  fc.nat(8).map((high) => high * HIGH + 7),
  fc.nat(8).map((high) => -high * HIGH + 7),
  fc.maxSafeInteger(),
);
/** What is done to a table: many things of one sort after the other let it grow and shrink. */
const step = fc.record({
  what: fc.constantFrom('set', 'set', 'delete', 'get'),
  ids: fc.oneof(
    fc.array(ids, { minLength: 1, maxLength: 3 }),
    fc
      .tuple(fc.integer({ min: -200, max: 200 }), fc.integer({ min: 1, max: 150 }))
      .map(([from, count]) => Array.from({ length: count }, (_, index) => from + index)),
  ),
});

describe('a table of ids', () => {
  it('holds what a map would hold, whatever is done to it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { table, model } = filled([]);
        const known = new Set<number>();
        let turn = 0;
        for (const each of steps) {
          for (const id of each.ids) {
            known.add(id);
            turn += 1;
            if (each.what === 'set') {
              table.set(item(id, `${id} of turn ${turn}`));
              model.set(id, item(id, `${id} of turn ${turn}`));
            } else if (each.what === 'delete') {
              expect(table.delete(id)).toBe(model.delete(id));
            } else {
              expect(table.get(id)).toEqual(model.get(id));
            }
            if (table.size !== model.size) throw new Error(`after ${each.what} of ${id}`);
          }
          expectSame(table, model, known);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is empty at first', () => {
    const { table } = filled([]);
    expect([table.size, table.get(0), table.delete(0), [...table]]).toEqual([0, undefined, false, []]);
  });

  it('holds one item of an id: the last', () => {
    const { table } = filled([1, 2]);
    table.set(item(1, 'other'));
    expect(table.size).toBe(2);
    expect(table.get(1)).toEqual(item(1, 'other'));
  });

  it('grows, shrinks, and loses nothing on the way', () => {
    const all = Array.from({ length: 20_000 }, (_, index) => index * 3 - 7);
    const { table, model } = filled(all);
    expectSame(table, model, all);
    for (const [index, id] of all.entries()) {
      if (index % 100 === 0) continue;
      expect(table.delete(id)).toBe(true);
      model.delete(id);
    }
    expectSame(table, model, all);
    for (const id of [...model.keys()]) {
      expect(table.delete(id)).toBe(true);
      model.delete(id);
      expect(table.get(id)).toBeUndefined();
    }
    expect([table.size, [...table]]).toEqual([0, []]);
    table.set(item(5));
    expect([...table]).toEqual([item(5)]);
  });

  it('holds a window of ids that goes on, past 2 to the power of 32 too', () => {
    const from = HIGH - 1_000;
    const { table, model } = filled([]);
    for (let id = from; id < from + 5_000; id += 1) {
      table.set(item(id));
      model.set(id, item(id));
      if (id < from + 100) continue;
      expect(table.delete(id - 100)).toBe(true);
      model.delete(id - 100);
    }
    expectSame(table, model, [from, HIGH - 1, HIGH, from + 4_899, from + 4_900, from + 4_999]);
    expect(table.size).toBe(100);
  });

  it('tells ids apart that are the same in their lower 32 bits, or but for their sign', () => {
    const all = [1, -1, HIGH + 1, -HIGH + 1, 2 * HIGH + 1, 5 * HIGH + 1, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER, 0, HIGH];
    const { table, model } = filled(all);
    expectSame(table, model, all);
    expect(table.get(3 * HIGH + 1)).toBeUndefined();
    for (const id of [HIGH + 1, 1, Number.MAX_SAFE_INTEGER]) {
      expect(table.delete(id)).toBe(true);
      model.delete(id);
      expectSame(table, model, all);
    }
  });

  it('may be emptied while it is gone through: what was there at the start comes', () => {
    const all = Array.from({ length: 200 }, (_, index) => index);
    const { table } = filled(all);
    const seen: number[] = [];
    for (const { id } of table) {
      seen.push(id);
      table.delete(id);
      table.delete(199 - id);
      table.set(item(1_000 + id));
    }
    expect(seen.sort((a, b) => a - b)).toEqual(all);
    expect([...table].every(({ id }) => id >= 1_000)).toBe(true);
    expect(table.size).toBe(200);
  });
});
