import { expect, test } from '@jest/globals';
import * as all from '@liberzmq/all';
import * as core from '@liberzmq/core';

test('all exports everything that core does, as the same values', () => {
  expect(Object.keys(all).sort()).toEqual(Object.keys(core).sort());
  for (const [name, value] of Object.entries(core)) expect(Reflect.get(all, name)).toBe(value);
});
