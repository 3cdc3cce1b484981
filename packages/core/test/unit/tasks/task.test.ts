import { describe, expect, it } from '@jest/globals';
import { bodyWithExtra, taskFrom, taskFromRecord, taskToWire, type Task } from '../../../src/tasks/task.js';
import { KIND } from '../../../src/wire/native/format.js';
import { packRecords } from '../../../src/wire/native/packer.js';
import { OutgoingRecord } from '../../../src/wire/native/outgoing-record.js';
import type { NativeRecord } from '../../../src/wire/native/native-record.js';
import { readPacket } from '../../../src/wire/native/packet-reader.js';

const wire = {
  id: 't-1',
  type: 'resize',
  data: { file: 'a.png' },
  priority: 2,
  timestamp: 1_700_000_000_000,
  headers: { a: 'b' },
  extra: { retries: 3 },
  bare: false,
};

describe('a task', () => {
  it('shows what else its envelope holds beside its own fields', () => {
    const { extra, bare: _bare, ...own } = wire;
    expect(taskFrom(wire)).toEqual({ ...own, ...extra });
  });

  it('keeps its own fields, whatever else its envelope holds', () => {
    const extra = { id: 'x', type: 'x', data: 'x', priority: 'x', timestamp: 'x', headers: 'x' };
    expect(taskFrom({ ...wire, extra })).toMatchObject({ id: 't-1', type: 'resize', priority: 2 });
  });

  it('has an id in any case', () => {
    const first = taskFrom({ ...wire, id: undefined }).id;
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(taskFrom({ ...wire, id: undefined }).id).not.toBe(first);
  });

  it('goes out as it came in', () => {
    const { bare: _bare, ...rest } = wire;
    expect(taskToWire(taskFrom(wire))).toEqual(rest);
  });
});

describe('the body of a task that has more than its data', () => {
  const task: Task = { id: 't-1', type: 't', data: 'own', priority: 1, timestamp: 2, headers: {} };

  /** A record of such a task, apart from its body. */
  function record(): NativeRecord {
    const outgoing = new OutgoingRecord(KIND.taskWithExtra, 0, 't');
    outgoing.textId = 't-1';
    outgoing.moment = 2;
    outgoing.priority = 1;
    return readPacket(
      packRecords([outgoing], {}).map((frame) => Buffer.from(frame)),
      0,
    ).records[0]!;
  }

  it('is not there where a task has no more', () => {
    expect(bodyWithExtra(task, task.data)).toBeUndefined();
    expect(bodyWithExtra({ ...task, note: undefined }, task.data)).toBeUndefined();
  });

  it('names the fields, and then has their values', () => {
    expect(bodyWithExtra({ ...task, note: 'a', other: null, not: undefined }, 'sent')).toEqual([
      ['data', 'note', 'other'],
      'sent',
      'a',
      null,
    ]);
    expect(bodyWithExtra({ ...task, note: 'a' }, undefined)).toEqual([['note'], 'a']);
  });

  it.each([{ note: 'a' }, { note: [1], ['__proto__x']: 1 }, JSON.parse('{"__proto__":{"polluted":true}}') as object])(
    'comes out as it went in: %j',
    (extra) => {
      const given: Task = { ...task, ...extra };
      expect(taskFromRecord(record(), bodyWithExtra(given, given.data))).toEqual(given);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      const without = taskFromRecord(record(), bodyWithExtra(given, undefined));
      expect(without).toEqual({ ...given, data: undefined });
    },
  );

  it('takes the place of no field of its own but the data', () => {
    const body = [['id', 'type', 'data', 'priority', 'timestamp', 'headers'], 0, 0, 'd', 0, 0, 0];
    expect(taskFromRecord(record(), body)).toEqual({ ...task, data: 'd' });
  });

  it.each([[undefined], [null], ['text'], [{}], [[]], [['data']], [[{}]], [[['data']]], [[['a'], 1, 2]], [[[1], 1]]])(
    'is refused where it is something else: %j',
    (body) => {
      expect(() => taskFromRecord(record(), body)).toThrow(
        expect.objectContaining({ name: 'MessageError', code: 'PROTOCOL' }),
      );
    },
  );
});
