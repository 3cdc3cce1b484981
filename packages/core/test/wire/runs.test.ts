import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MessageError } from '../../src/errors/error-classes.js';
import { KIND, LIMITS, type Kind } from '../../src/wire/native/format.js';
import { readPacket } from '../../src/wire/native/packet-reader.js';
import { PacketWriter } from '../../src/wire/native/packet-writer.js';
import { asReceived, isTask } from './packets.js';

/** A kind that is not used, and so skipped. */
const UNKNOWN = 14 as Kind;
const PREFIX = 'task-';
const LAST_OF_SERIES = 0xffff;

/** One record of a packet, as it is written. */
type Item =
  | { readonly what: 'block'; readonly count: number }
  | { readonly what: 'skipped' | 'alone' }
  | { readonly what: 'in-block'; readonly index: number }
  | {
      readonly what: 'run';
      readonly kind: Kind;
      readonly count: number;
      readonly number: number;
      readonly form: 'block' | 'inline' | 'none';
      readonly index: number;
    };

function packetOf(items: readonly Item[]): Buffer[] {
  const writer = new PacketWriter();
  writer.begin();
  for (const item of items) {
    if (item.what === 'block') {
      writer.record(KIND.block, { id: item.count }, 'json', Buffer.alloc(Math.max(1, item.count)));
    } else if (item.what === 'in-block') {
      writer.recordInBlock(KIND.response, { id: 1 }, item.index);
    } else if (item.what === 'run') {
      const facts = { id: item.number, textId: PREFIX, count: item.count };
      if (item.form === 'block') writer.recordInBlock(item.kind, facts, item.index);
      else writer.record(item.kind, facts, 'json', item.form === 'inline' ? '1' : undefined);
    } else {
      writer.record(item.what === 'alone' ? KIND.pong : UNKNOWN, { id: 1 });
    }
  }
  return writer.finish().map(asReceived);
}

/** The kind, the id, and the place in its block, of each record that comes out; or that the packet is refused. */
type Outcome = readonly (readonly [kind: number, id: number | string, place: number | undefined])[] | 'refused';

/** What the protocol says about such a packet. */
function expectedOf(items: readonly Item[]): Outcome {
  const records: [number, number | string, number | undefined][] = [];
  let block: { count: number; taken: number } | undefined;
  for (const item of items) {
    if (item.what === 'block') {
      block = { count: item.count, taken: 0 };
    } else if (item.what === 'alone') {
      records.push([KIND.pong, 1, undefined]);
    } else if (item.what === 'in-block') {
      if (block === undefined || item.index >= block.count) return 'refused';
      records.push([KIND.response, 1, item.index]);
    } else if (item.what === 'run') {
      const { kind, count, number, form, index } = item;
      if (kind !== KIND.task && kind !== KIND.message) return 'refused';
      if (BigInt(number) + BigInt(count) - 1n > (kind === KIND.task ? LAST_OF_SERIES : LIMITS.number)) return 'refused';
      if (form === 'block') {
        if (block === undefined || index < block.taken || index + count > block.count) return 'refused';
        block.taken = index + count;
      } else if (count > 1) {
        return 'refused';
      }
      for (let step = 0; step < count; step += 1) {
        const id = kind === KIND.task ? `${PREFIX}${(number + step).toString(16).padStart(4, '0')}` : number + step;
        records.push([kind, id, form === 'block' ? index + step : undefined]);
      }
    }
  }
  return records;
}

function read(frames: readonly Buffer[]): Outcome {
  try {
    return readPacket(frames, 0).records.map(({ kind, id, textId, block, index }) => [
      kind,
      isTask(kind) ? textId : id,
      block === undefined ? undefined : index,
    ]);
  } catch (error) {
    if (error instanceof MessageError && error.code === 'PROTOCOL') return 'refused';
    throw error;
  }
}

const mostly = <T>(usual: fc.Arbitrary<T>, ...others: fc.Arbitrary<T>[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 20, arbitrary: usual }, ...others);
const run: fc.Arbitrary<Item> = fc.record({
  what: fc.constant('run' as const),
  kind: mostly(
    fc.constantFrom<Kind[]>(KIND.task, KIND.message),
    fc.constantFrom(KIND.request, KIND.taskWithExtra, KIND.pong),
  ),
  count: mostly(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 ** 40 })),
  number: mostly(
    fc.nat(6),
    fc.integer({ min: LAST_OF_SERIES - 3, max: LAST_OF_SERIES + 1 }),
    fc.integer({ min: LIMITS.number - 3, max: LIMITS.number }),
  ),
  form: mostly<'block' | 'inline' | 'none'>(fc.constant('block'), fc.constantFrom('inline', 'none')),
  index: fc.nat(8),
});
const block: fc.Arbitrary<Item> = fc.record({
  what: fc.constant('block' as const),
  count: mostly(fc.integer({ min: 8, max: 12 }), fc.nat(4)),
});
const other: fc.Arbitrary<Item> = fc.oneof(
  fc.record({ what: fc.constantFrom('skipped' as const, 'alone' as const) }),
  fc.record({ what: fc.constant('in-block' as const), index: fc.nat(8) }),
);
const packet: fc.Arbitrary<Item[]> = fc
  .tuple(mostly(block, other, run), fc.array(fc.oneof(run, run, block, other), { maxLength: 5 }))
  .map(([first, others]) => [first, ...others]);

describe('runs', () => {
  it('are read or refused as the protocol says, in any order among other records', () => {
    const outcomes = { read: 0, refused: 0 };
    fc.assert(
      fc.property(packet, (items) => {
        const expected = expectedOf(items);
        expect(read(packetOf(items))).toEqual(expected);
        if (expected === 'refused') outcomes.refused += 1;
        else if (items.some(({ what }) => what === 'run')) outcomes.read += 1;
      }),
      { numRuns: 1_000 },
    );
    // Both must have been tried, or the property says nothing.
    expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(100);
  });

  it('have records that share all that they have in common', () => {
    const writer = new PacketWriter();
    writer.begin();
    writer.record(KIND.block, { id: 3 }, 'json', '[1,2,3]');
    const facts = { subject: 'resize', headers: { tenant: 'a' }, timeLeftMs: 300, moment: 2 ** 48 - 1, priority: -2.5 };
    writer.recordInBlock(KIND.task, { id: 9, textId: 't', count: 3, ...facts }, 0);
    const { records } = readPacket(writer.finish().map(asReceived), 0);
    expect(records).toEqual(
      ['t0009', 't000a', 't000b'].map((textId, index) =>
        expect.objectContaining({ kind: KIND.task, id: 0, textId, index, block: records[0]!.block, ...facts }),
      ),
    );
    expect(records[2]!.headers).toBe(records[0]!.headers);
  });

  it('that have been read have records of the same form as those that came by themselves', () => {
    const [first, ...others] = readPacket(
      packetOf([
        { what: 'block', count: 3 },
        { what: 'in-block', index: 0 },
        { what: 'run', kind: KIND.message, count: 2, number: 1, form: 'block', index: 1 },
        { what: 'alone' },
      ]),
      0,
    ).records;
    for (const each of others) expect(Object.keys(each)).toEqual(Object.keys(first!));
  });
});

describe('the records of a packet', () => {
  const most = LIMITS.records;
  const runOf = (count: number, index = 0): Item => ({
    what: 'run',
    kind: KIND.message,
    count,
    number: 1,
    form: 'block',
    index,
  });
  const skipped = (count: number): Item[] => Array.from({ length: count }, () => ({ what: 'skipped' }));

  it.each([
    ['in one run', (over: number) => [runOf(most - 1 + over)]],
    ['in two runs', (over: number) => [runOf(40_000), runOf(most - 40_001 + over, 40_000)]],
    ['behind a run', (over: number) => [runOf(1_000), ...skipped(most - 1_001 + over)]],
    ['before a run', (over: number) => [...skipped(most - 1_001 + over), runOf(1_000)]],
  ])('are counted one by one, the block included: %s', (_where, items) => {
    const frames = (over: number): Buffer[] => packetOf([{ what: 'block', count: most }, ...items(over)]);
    const { records } = readPacket(frames(0), 0);
    expect(records.length).toBe(items(0).reduce((sum, each) => sum + (each.what === 'run' ? each.count : 0), 0));
    expect(() => readPacket(frames(1), 0)).toThrow(/more than 65535 records/);
  });

  it('in runs are not more than there are bytes of bodies', () => {
    const items: Item[] = Array.from({ length: 100 }, () => runOf(100));
    expect(read(packetOf([{ what: 'block', count: 100 }, ...items]))).toBe('refused');
  });
});
