import { expect, it } from '@jest/globals';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { ATTRIBUTE, METRIC, OTHER } from '../../src/opentelemetry/semantic-conventions.js';

const NAMES = new Set<unknown>(Object.values(conventions));

it.each([...Object.values(ATTRIBUTE), ...Object.values(METRIC)])('%s is a name of the conventions, or ours', (name) => {
  if (!name.startsWith('liberzmq.')) expect(NAMES).toContain(name);
});

it('what stands for other names is what the conventions say', () => {
  expect(OTHER).toBe(conventions.ERROR_TYPE_VALUE_OTHER);
});
