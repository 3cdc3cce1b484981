import { describe, expect, it } from '@jest/globals';
import { taskFrom, taskToWire } from '../../../src/tasks/task.js';

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
